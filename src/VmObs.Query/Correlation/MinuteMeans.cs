namespace VmObs.Query.Correlation;

/// <summary>A series folded to one number a minute: the mean of a value, or the growth of a counter.</summary>
/// <remarks>Bounded by the minutes of the range. A minute without samples is NaN.</remarks>
internal sealed class MinuteMeans
{
    /// <summary>A minute, ns.</summary>
    public const long Nanos = 60L * 1_000_000_000;

    private readonly double[] _sums;
    private readonly int[] _counts;
    private readonly long _from;

    private MinuteMeans(long from, long to)
    {
        _from = from;
        var minutes = (int)((to - from) / Nanos) + 1;
        (_sums, _counts) = (new double[minutes], new int[minutes]);
    }

    /// <summary>How many minutes.</summary>
    public int Count => _sums.Length;

    /// <summary>The mean of a minute.</summary>
    public double this[int minute] => _counts[minute] == 0 ? double.NaN : _sums[minute] / _counts[minute];

    /// <summary>When a minute begins.</summary>
    public long TimeOf(int minute) => _from + (minute * Nanos);

    /// <summary>Folds samples of [from, to]; from is a full minute.</summary>
    public static MinuteMeans OfValues(ReadOnlySpan<long> times, ReadOnlySpan<double> values, long from, long to)
    {
        var means = new MinuteMeans(from, to);
        for (var i = 0; i < times.Length; i++)
            means.Add(times[i], values[i]);
        return means;
    }

    /// <summary>Folds a counter's growth a minute; a restart counts from zero.</summary>
    public static MinuteMeans OfGrowth(ReadOnlySpan<long> times, ReadOnlySpan<double> values, long from, long to)
    {
        var means = new MinuteMeans(from, to);
        for (var i = 1; i < times.Length; i++)
        {
            var growth = values[i] >= values[i - 1] ? values[i] - values[i - 1] : values[i];
            if (times[i] > times[i - 1])
                means.Add(times[i], growth * Nanos / (times[i] - times[i - 1]));
        }
        return means;
    }

    private void Add(long time, double value)
    {
        var minute = (time - _from) / Nanos;
        if (minute < 0 || minute >= Count || !double.IsFinite(value))
            return;
        _sums[minute] += value;
        _counts[minute]++;
    }
}
