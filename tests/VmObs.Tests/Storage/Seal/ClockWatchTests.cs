using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Seal;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Seal;

public sealed class ClockWatchTests
{
    private static readonly DateTimeOffset s_start = new(2025, 12, 6, 14, 30, 0, TimeSpan.Zero);

    private readonly SteppedClock _time = new(s_start);

    [Theory]
    [InlineData(7200)]
    [InlineData(-7200)]
    [InlineData(61)]
    [InlineData(-61)]
    public void A_step_of_over_a_minute_is_seen_once_with_what_the_clock_should_have_shown(int seconds)
    {
        var watch = new ClockWatch(_time);
        _time.Advance(TimeSpan.FromSeconds(1));
        _time.Step(TimeSpan.FromSeconds(seconds));
        Assert.Equal(new ClockStep(Nanos(s_start.AddSeconds(1)), Nanos(s_start.AddSeconds(1 + seconds))), watch.Look());
        Assert.Equal(Nanos(s_start.AddSeconds(1 + seconds)), watch.NowUnixNanos);
        Assert.Null(watch.Look());
    }

    [Theory]
    [InlineData(60)]
    [InlineData(-60)]
    [InlineData(0)]
    public void A_smaller_one_is_none_however_long_nobody_looked(int seconds)
    {
        var watch = new ClockWatch(_time);
        _time.Advance(TimeSpan.FromDays(3));
        _time.Step(TimeSpan.FromSeconds(seconds));
        Assert.Null(watch.Look());
        Assert.True(watch.IsEvenFor(long.MaxValue));
    }

    [Fact]
    public void Time_since_a_step_is_monotonic_and_begins_again_with_the_next()
    {
        var watch = new ClockWatch(_time);
        foreach (var hours in new[] { 2, -2 })
        {
            _time.Step(TimeSpan.FromHours(hours));
            Assert.NotNull(watch.Look());
            Assert.False(watch.IsEvenFor(1));
            _time.Advance(TimeSpan.FromSeconds(299));
            Assert.Null(watch.Look());
            Assert.False(watch.IsEvenFor(HourSchedule.GraceNanos));
        }
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(watch.Look());
        Assert.True(watch.IsEvenFor(HourSchedule.GraceNanos));
    }

    private static long Nanos(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;
}
