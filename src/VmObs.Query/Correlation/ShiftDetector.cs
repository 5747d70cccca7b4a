namespace VmObs.Query.Correlation;

/// <summary>Finds where a series leaves its usual level for some minutes, and comes back.</summary>
/// <remarks>
/// A minute is out when it lies more than five spreads from the median of the two hours before the window; three in a row, on the same side, are a
/// shift. A rise begins where the series was last at its usual level, so that a slow one is told from its start. All bounds are the detector's own:
/// the window's minutes are walked once.
/// </remarks>
public static class ShiftDetector
{
    private const double OutSpreads = 5, BackSpreads = 2.5, OnsetSpreads = 2;
    private const int MinMinutes = 3;

    /// <summary>Finds the shifts of a series in a window.</summary>
    /// <param name="timesUnixNanos">Its samples' times from the baseline's beginning on, ascending.</param>
    /// <param name="values">Its samples.</param>
    /// <param name="isCounter">Whether its growth is looked at rather than its value.</param>
    /// <param name="window">The window.</param>
    /// <returns>Shifts in order of time; empty where it stays at its level, or what that is cannot be told.</returns>
    public static IReadOnlyList<LevelShift> Find(ReadOnlySpan<long> timesUnixNanos, ReadOnlySpan<double> values, bool isCounter, TimelineWindow window)
    {
        var from = window.BaselineFromUnixNanos;
        var means = isCounter
            ? MinuteMeans.OfGrowth(timesUnixNanos, values, from, window.AftermathToUnixNanos)
            : MinuteMeans.OfValues(timesUnixNanos, values, from, window.AftermathToUnixNanos);
        var first = (int)((window.FromUnixNanos - from) / MinuteMeans.Nanos);
        var shifts = new List<LevelShift>();
        if (UsualLevel.Of(means, first) is not { } usual)
            return shifts;
        for (var i = first; i < means.Count && means.TimeOf(i) <= window.ToUnixNanos; i++)
        {
            var side = Math.Sign(usual.DeviationOf(means[i]) is var deviation && Math.Abs(deviation) > OutSpreads ? deviation : 0);
            if (side == 0 || !Lasts(means, i, minute => usual.DeviationOf(minute) * side > OutSpreads))
                continue;
            shifts.Add(side > 0
                ? new LevelShift(means.TimeOf(OnsetOf(means, usual, i, first)), ShiftKind.Rise)
                : new LevelShift(means.TimeOf(i), ShiftKind.Low));
            while (++i < means.Count && !Lasts(means, i, minute => Math.Abs(usual.DeviationOf(minute)) < BackSpreads))
                continue;
            if (i < means.Count && means.TimeOf(i) <= window.ToUnixNanos)
                shifts.Add(new LevelShift(means.TimeOf(i), ShiftKind.Return));
        }
        return shifts;
    }

    // Minutes without samples say nothing. Fewer than three at the end of all there is may be chance.
    private static bool Lasts(MinuteMeans means, int from, Predicate<double> holds)
    {
        var seen = 0;
        for (var i = from; i < means.Count && seen < MinMinutes; i++)
        {
            if (double.IsNaN(means[i]))
                continue;
            if (!holds(means[i]))
                return false;
            seen++;
        }
        return seen == MinMinutes;
    }

    private static int OnsetOf(MinuteMeans means, UsualLevel usual, int minute, int first)
    {
        while (minute > first && usual.DeviationOf(means[minute - 1]) > OnsetSpreads)
            minute--;
        return minute;
    }
}
