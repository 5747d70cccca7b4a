using VmObs.Query.Correlation;
using VmObs.Signals;

namespace VmObs.Tests.Query.Correlation;

public sealed class ShiftDetectorTests
{
    private const long Second = 1_000_000_000;

    private static readonly TimelineWindow s_window = new(At("2025-12-06T14:35:00Z"), 15 * 60 * Second);

    [Fact]
    public void A_slow_rise_is_told_from_its_beginning_and_the_way_back()
    {
        // 2 a minute from 14:20 on, back at 14:45.
        var shifts = Find(time => Usual(time) + (Minutes(time) is >= 0 and < 25 and var minute ? 2 * minute : 0));
        Assert.Equal([("14:20", ShiftKind.Rise), ("14:45", ShiftKind.Return)], shifts);
    }

    [Fact]
    public void A_fall_is_told_when_it_is_low() =>
        Assert.Equal([("14:40", ShiftKind.Low)], Find(time => Minutes(time) >= 20 ? 2 : Usual(time)));

    [Fact]
    public void What_stays_within_its_usual_noise_is_not_told() => Assert.Empty(Find(Usual));

    [Fact]
    public void Two_minutes_are_no_shift_and_three_are()
    {
        Assert.Empty(Find(time => Minutes(time) is >= 10 and < 12 ? 90 : Usual(time)));
        Assert.Equal([("14:30", ShiftKind.Rise), ("14:33", ShiftKind.Return)], Find(time => Minutes(time) is >= 10 and < 13 ? 90 : Usual(time)));
    }

    [Fact]
    public void An_incident_in_the_hours_before_does_not_move_what_is_usual() =>
        Assert.Equal([("14:30", ShiftKind.Rise)], Find(time => Minutes(time) is >= 10 or (> -60 and < -30) ? 90 : Usual(time)));

    [Fact]
    public void A_counter_is_told_by_its_growth_and_a_restart_is_none()
    {
        var total = 0.0;
        Assert.Equal([("14:30", ShiftKind.Rise)], Find(time => total += Minutes(time) >= 10 ? 60 : 10 + (time / Second % 3), isCounter: true));
        total = 0;
        Assert.Empty(Find(time => Minutes(time) == 10 ? total = 5 : total += 10 + (time / Second % 3), isCounter: true));
    }

    [Fact]
    public void A_series_that_never_moved_is_told_when_it_does() =>
        Assert.Equal([("14:30", ShiftKind.Low), ("14:40", ShiftKind.Return)], Find(time => Minutes(time) is >= 10 and < 20 ? 0 : 1));

    [Fact]
    public void Without_ten_minutes_before_nothing_is_usual() =>
        Assert.Empty(Find(time => Minutes(time) >= 10 ? 90 : Usual(time), from: "2025-12-06T14:12:00Z"));

    [Fact]
    public void What_begins_at_the_windows_end_is_told_where_it_lasts_beyond_it()
    {
        Assert.Equal([("14:50", ShiftKind.Rise)], Find(time => Minutes(time) >= 30 ? 90 : Usual(time)));
        Assert.Empty(Find(time => Minutes(time) is >= 30 and < 31 ? 90 : Usual(time)));
        Assert.Empty(Find(time => Minutes(time) >= 31 ? 90 : Usual(time)));
    }

    private static List<(string, ShiftKind)> Find(Func<long, double> valueAt, bool isCounter = false, string from = "2025-12-06T12:20:00Z")
    {
        var times = new List<long>();
        for (var time = At(from); time <= s_window.AftermathToUnixNanos; time += 15 * Second)
            times.Add(time);
        var values = times.Select(valueAt).ToArray();
        return [.. ShiftDetector.Find(times.ToArray(), values, isCounter, s_window).Select(shift => (Rfc3339.FormatShort(shift.AtUnixNanos)[11..16], shift.Kind))];
    }

    private static double Minutes(long time) => (time - s_window.FromUnixNanos) / (60.0 * Second);

    // 40 with a noise of ±2 that repeats after 17 samples.
    private static double Usual(long time) => 40 + (time / (15 * Second) * 7 % 17 / 4.25) - 2;

    private static long At(string text) => Rfc3339.TryParse(text, out var time) ? time : throw new FormatException(text);
}
