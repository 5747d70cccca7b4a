using System.Buffers;
using System.Globalization;
using System.Text;
using VmObs.Signals.Labels;
using VmObs.Signals.Ports;

namespace VmObs.Query.Metrics;

/// <summary>The parts of one histogram or summary: buckets or quantiles, sum and count.</summary>
internal sealed class CompoundGroup
{
    private readonly List<Part> _parts = [];

    /// <summary>Number of samples of all parts.</summary>
    public long Samples { get; private set; }

    /// <summary>Takes a part.</summary>
    public void Add(SeriesSamples series)
    {
        _parts.Add(new Part(series, OrderOf(series.Key.Span), OpenMetricsText.Series(series.Key.Span)));
        Samples += series.Values.Length;
    }

    /// <summary>Writes the parts' samples, those of one time together: buckets or quantiles ascending, then count and sum.</summary>
    /// <returns>How many.</returns>
    public long Write(IBufferWriter<byte> output)
    {
        _parts.Sort(static (left, right) => left.Order.CompareTo(right.Order));
        var next = new int[_parts.Count];
        while (true)
        {
            var time = long.MaxValue;
            var ended = true;
            for (var i = 0; i < next.Length; i++)
            {
                if (next[i] == _parts[i].Series.Values.Length)
                    continue;
                time = Math.Min(time, _parts[i].Series.TimestampsUnixNanos.Span[next[i]]);
                ended = false;
            }
            if (ended)
                return Samples;
            for (var i = 0; i < next.Length; i++)
            {
                var (series, _, head) = _parts[i];
                // A time that came twice is written twice, in order of arrival.
                for (; next[i] < series.Values.Length && series.TimestampsUnixNanos.Span[next[i]] == time; next[i]++)
                    OpenMetricsText.WriteSample(output, head, series.Values.Span[next[i]], time);
            }
        }
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

    private sealed record Part(SeriesSamples Series, (int Rank, double Bound) Order, byte[] Head);
}
