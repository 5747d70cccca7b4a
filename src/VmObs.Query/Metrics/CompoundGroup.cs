using System.Globalization;
using System.Text;
using VmObs.Signals.Labels;
using VmObs.Signals.Ports;

namespace VmObs.Query.Metrics;

/// <summary>The parts of one histogram or summary: buckets or quantiles, sum and count.</summary>
internal sealed class CompoundGroup
{
    private readonly List<Part> _parts = [];
    private bool _sorted;

    /// <summary>Number of samples of all parts.</summary>
    public long Samples { get; private set; }

    /// <summary>Takes a part.</summary>
    public void Add(SeriesSamples series)
    {
        _parts.Add(new Part(series));
        Samples += series.Values.Length;
    }

    /// <summary>Writes the parts' samples of the next time: buckets or quantiles ascending, then count and sum.</summary>
    /// <returns>Whether there were any.</returns>
    public bool WriteNext(OpenMetricsOutput output)
    {
        if (!_sorted)
            _parts.Sort(static (left, right) => left.Order.CompareTo(right.Order));
        _sorted = true;
        long? next = null;
        foreach (var part in _parts)
        {
            if (part.NextUnixNanos is { } time && !(time >= next))
                next = time;
        }
        if (next is null)
            return false;
        foreach (var part in _parts)
            part.Write(output, next.Value);
        return true;
    }

    private static (int Rank, double Bound) OrderOf(ReadOnlySpan<byte> key)
    {
        foreach (var label in (ReadOnlySpan<string>)["le", "quantile"])
        {
            if (LabelKey.ValueOf(key, Encoding.ASCII.GetBytes(label)) is { IsEmpty: false } bound)
                return (0, Number(Encoding.UTF8.GetString(bound)));
        }
        return LabelKey.ValueOf(key, "__name__"u8).EndsWith("_count"u8) ? (1, 0) : (2, 0);
    }

    private static double Number(string text) => text switch
    {
        "+Inf" or "Inf" => double.PositiveInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.PositiveInfinity,
    };

    /// <summary>A part, as far as it is written.</summary>
    private sealed class Part(SeriesSamples series)
    {
        private readonly SeriesLines _lines = new(series.Key.Span);
        private int _next;

        public (int Rank, double Bound) Order { get; } = OrderOf(series.Key.Span);

        /// <summary>The time of the first sample that is not written.</summary>
        public long? NextUnixNanos => _next < series.TimestampsUnixNanos.Length ? series.TimestampsUnixNanos.Span[_next] : null;

        /// <summary>Writes the samples of a time; one that came twice is written twice, in order of arrival.</summary>
        public void Write(OpenMetricsOutput output, long unixNanos)
        {
            var times = series.TimestampsUnixNanos.Span[_next..];
            var count = 0;
            while (count < times.Length && times[count] == unixNanos)
                count++;
            _lines.Write(output, series.Values.Span.Slice(_next, count), times[..count]);
            _next += count;
        }
    }
}
