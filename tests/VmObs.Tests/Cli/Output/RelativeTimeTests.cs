using VmObs.Cli.Output;

namespace VmObs.Tests.Cli.Output;

public sealed class RelativeTimeTests
{
    [Theory]
    [InlineData(0, "just now")]
    [InlineData(5, "5s ago")]
    [InlineData(-90, "in 1m 30s")]
    [InlineData(3600, "1h ago")]
    [InlineData(93_784, "1d 2h ago")]
    public void A_time_is_said_in_its_two_largest_units(long secondsAgo, string want)
    {
        var now = new DateTimeOffset(2025, 12, 6, 14, 0, 0, TimeSpan.Zero);
        Assert.Equal(want, RelativeTime.Format(now.AddSeconds(-secondsAgo), now));
    }
}
