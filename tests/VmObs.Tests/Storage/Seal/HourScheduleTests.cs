using VmObs.Signals;
using VmObs.Storage.Embedded.Seal;

namespace VmObs.Tests.Storage.Seal;

public sealed class HourScheduleTests
{
    private const long Minute = 60L * 1_000_000_000;
    private static readonly HourId s_hour = new(490_000);

    // Minutes after the hour's end: first arrival, last arrival, now.
    [Theory]
    [InlineData(-30, -1, -0.1, false, false)] // not ended
    [InlineData(-30, -1, 3.9, false, false)] // within the grace of the last arrival
    [InlineData(-30, -1, 4, false, true)]
    [InlineData(-30, 58, 59, false, false)] // something keeps arriving …
    [InlineData(-30, 59.9, 60, false, true)] // … but an hour after its end is the latest
    [InlineData(600, 600, 604.9, false, false)] // an hour long past: quiet for the grace …
    [InlineData(600, 600, 605, false, true)]
    [InlineData(600, 659.9, 660, false, true)] // … or an hour after its first arrival
    [InlineData(10, 10, 60, true, false)] // a late batch waits for its hour
    [InlineData(10, 10, 70, true, true)]
    public void An_hour_falls_due_as_documented(double first, double last, double now, bool late, bool due) =>
        Assert.Equal(due, HourSchedule.IsDue(s_hour, late, At(first), At(last), At(now)));

    private static long At(double minutesAfterEnd) => s_hour.EndUnixNanos + (long)(minutesAfterEnd * Minute);
}
