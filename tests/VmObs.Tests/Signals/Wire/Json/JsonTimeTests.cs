using System.Text;
using VmObs.Signals;
using VmObs.Signals.Wire.Json;

namespace VmObs.Tests.Signals.Wire.Json;

public sealed class JsonTimeTests
{
    [Theory]
    [InlineData("\"2025-12-06T14:30:15.123Z\"", "2025-12-06T14:30:15.123Z")]
    [InlineData("\"2025-12-06T15:30:15.123456789+01:00\"", "2025-12-06T14:30:15.123456789Z")]
    [InlineData("\"2025-12-06 14:30:15,123\"", "2025-12-06T14:30:15.123Z")]
    [InlineData("\"2025-12-06 15:30:15 +0100\"", "2025-12-06T14:30:15.000Z")]
    [InlineData("\"2025-12-06T14:30:15\"", "2025-12-06T14:30:15.000Z")]
    [InlineData("1765031415", "2025-12-06T14:30:15.000Z")]
    [InlineData("1765031415.123456789", "2025-12-06T14:30:15.123456789Z")]
    [InlineData("1.765031415123e9", "2025-12-06T14:30:15.123Z")]
    [InlineData("1765031415123", "2025-12-06T14:30:15.123Z")]
    [InlineData("1765031415123.5", "2025-12-06T14:30:15.123500Z")]
    [InlineData("1765031415123456", "2025-12-06T14:30:15.123456Z")]
    [InlineData("1765031415123456789", "2025-12-06T14:30:15.123456789Z")]
    [InlineData("\"1765031415123\"", "2025-12-06T14:30:15.123Z")]
    [InlineData("-1", "1969-12-31T23:59:59.000Z")]
    public void Time_is_read(string json, string expected)
    {
        Assert.True(JsonTime.TryRead(Encoding.UTF8.GetBytes(json), out var nanos));
        Assert.Equal(expected, Rfc3339.Format(nanos));
    }

    [Theory]
    [InlineData("\"yesterday\"")]
    [InlineData("\"\"")]
    [InlineData("\"2025-13-06T14:30:15Z\"")]
    [InlineData("\"2025-12-06T14:30:15 Europe/Berlin\"")]
    [InlineData("\"2025-12-06T14:30:15+\"")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("9999999999999999999")]
    [InlineData("1e400")]
    [InlineData("79228162514264337593543950335")]
    public void Other_values_are_no_time(string json) => Assert.False(JsonTime.TryRead(Encoding.UTF8.GetBytes(json), out _));
}
