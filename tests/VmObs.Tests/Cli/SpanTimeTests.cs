using System.Globalization;
using VmObs.Cli.Traces;

namespace VmObs.Tests.Cli;

public sealed class SpanTimeTests
{
    [Theory]
    [InlineData("0", "0 ms")]
    [InlineData("0.0000004", "0 ns")]
    [InlineData("0.00025", "250 ns")]
    [InlineData("0.0125", "12.5 µs")]
    [InlineData("1.005", "1.01 ms")]
    [InlineData("99.95", "100 ms")]
    [InlineData("2345", "2345 ms")]
    [InlineData("2345.5", "2346 ms")]
    [InlineData("-2345", "-2345 ms")]
    [InlineData("9999", "9999 ms")]
    [InlineData("10000", "10 s")]
    [InlineData("12345", "12.3 s")]
    [InlineData("90000", "1.5 min")]
    [InlineData("5400000", "1.5 h")]
    public void A_time_has_three_digits_that_count_and_milliseconds_up_to_ten_seconds(string milliseconds, string shown) =>
        Assert.Equal(shown, SpanTime.Format(decimal.Parse(milliseconds, CultureInfo.InvariantCulture)));
}
