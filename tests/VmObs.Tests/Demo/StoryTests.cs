using VmObs.Demo;

namespace VmObs.Tests.Demo;

public sealed class StoryTests
{
    private static readonly Gauge s_cpu = new("cpu_percent", 36, 4) { InStory = Story.Cpu };

    [Theory]
    [InlineData("2025-12-06T14:20:00Z", 38)]
    [InlineData("2025-12-06T14:31:45Z", 79)]
    [InlineData("2025-12-06T14:32:00Z", 80.6)]
    [InlineData("2025-12-06T14:35:00Z", 87.3)]
    [InlineData("2025-12-06T15:09:45Z", 80.4)]
    [InlineData("2025-12-06T15:10:00Z", 42.1)]
    public void The_load_of_brick_02_goes_as_the_spec_tells(string time, double percent) =>
        Assert.Equal(percent, s_cpu.At("guardian@brick-02 ", DateTimeOffset.Parse(time, null)));

    [Theory]
    [InlineData("2025-12-06T14:19:59Z", null)]
    [InlineData("2025-12-06T14:30:00Z", 10.0)]
    [InlineData("2025-12-06T15:10:01Z", null)]
    [InlineData("2025-12-06T09:25:00Z", null)]
    [InlineData("2026-01-15T09:19:59Z", null)]
    [InlineData("2026-01-15T09:26:00Z", 20.0)]
    [InlineData("2026-01-15T09:35:00Z", 50.0)]
    [InlineData("2026-01-15T09:35:01Z", null)]
    public void Its_minute_is_the_specs_own_that_day_and_passes_faster_in_every_hour_of_another(string time, double? minute) =>
        Assert.Equal(minute, Story.MinuteAt(DateTimeOffset.Parse(time, null)) is { } at ? Math.Round(at, 9) : null);

    [Theory]
    [InlineData("2026-01-15T09:34:59Z", "2026-01-15T08:20:00Z")]
    [InlineData("2026-01-15T09:35:00Z", "2026-01-15T09:20:00Z")]
    [InlineData("2025-12-06T23:00:00Z", "2025-12-06T14:20:00Z")]
    public void The_latest_is_one_that_is_over(string time, string begin) =>
        Assert.Equal(DateTimeOffset.Parse(begin, null), Story.LatestBefore(DateTimeOffset.Parse(time, null)).Begin);

    [Fact]
    public void A_curve_is_level_before_its_first_point_and_behind_its_last()
    {
        var curve = new Curve((0, 10), (10, 20), (10, 5), (20, 5));
        Assert.Equal([10, 10, 15, 5, 5, 5], new[] { -1.0, 0, 5, 10, 15, 99 }.Select(curve.At));
    }
}
