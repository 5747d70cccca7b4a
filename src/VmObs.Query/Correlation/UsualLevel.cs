namespace VmObs.Query.Correlation;

/// <summary>Where a series usually is: its median, and how far from there it goes, by the median absolute deviation. A short incident within does not move either.</summary>
/// <param name="Median">The middle.</param>
/// <param name="Spread">One standard deviation, were it normally distributed; never 0.</param>
internal readonly record struct UsualLevel(double Median, double Spread)
{
    private const int MinMinutes = 10;
    private const double SigmaOfMad = 1.4826;

    /// <summary>A series that never moves has to move by this share of its value to be noticed.</summary>
    private const double LeastShare = 0.01;

    /// <summary>How many spreads a value lies above (or, negative, below) the median.</summary>
    public double DeviationOf(double value) => (value - Median) / Spread;

    /// <summary>Of the first minutes; null where too few of them have samples to tell.</summary>
    public static UsualLevel? Of(MinuteMeans means, int minutes)
    {
        var values = new List<double>(minutes);
        for (var i = 0; i < minutes; i++)
            if (!double.IsNaN(means[i]))
                values.Add(means[i]);
        if (values.Count < MinMinutes)
            return null;
        var median = MedianOf(values);
        for (var i = 0; i < values.Count; i++)
            values[i] = Math.Abs(values[i] - median);
        return new UsualLevel(median, Math.Max(SigmaOfMad * MedianOf(values), Math.Max(LeastShare * Math.Abs(median), double.Epsilon)));
    }

    private static double MedianOf(List<double> values)
    {
        values.Sort();
        var middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
