namespace VmObs.Cli.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Points">Times, Unix ns, ascending, with values.</param>
internal sealed record ChartSeries(IReadOnlyList<(long UnixNanos, double Value)> Points)
{
    private const int GapSteps = 5;

    /// <summary>Points that are further apart than this are not joined: nothing is known of what lies between.</summary>
    public long MaxStepNanos { get; } = GapSteps * MedianStep(Points);

    private static long MedianStep(IReadOnlyList<(long UnixNanos, double Value)> points)
    {
        if (points.Count < 2)
            return 0;
        var steps = new long[points.Count - 1];
        for (var i = 0; i < steps.Length; i++)
            steps[i] = points[i + 1].UnixNanos - points[i].UnixNanos;
        Array.Sort(steps);
        return steps[steps.Length / 2];
    }
}
