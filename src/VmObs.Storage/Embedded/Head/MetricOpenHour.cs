using System.Text;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Head;

/// <summary>A metric hour that still takes samples: a table of series and an append-only list of samples.</summary>
/// <remarks>The signal's applier alone adds; readers take <see cref="Samples"/>. A sample costs three stores; sorting waits for the seal.</remarks>
internal sealed class MetricOpenHour(HourFile name, long firstPosition, long firstArrivalUnixNanos) : IOpenHour
{
    /// <summary>What a sample costs in memory.</summary>
    public const long SampleBytes = 24;

    private const int ChunkSamples = 64 * 1024;

    private readonly LabelTable _series = new();
    private Description[] _descriptions = new Description[32];
    private Sample[][] _chunks = [];
    private int _count;
    private volatile Snapshot _published = new([], [], [], 0, 0);

    public HourFile Name { get; } = name;

    /// <summary>The journal's record that brought the hour's first data.</summary>
    public long FirstPosition { get; } = firstPosition;

    public long FirstArrivalUnixNanos { get; } = firstArrivalUnixNanos;

    public long LastArrivalUnixNanos { get; private set; } = firstArrivalUnixNanos;

    /// <summary>What readers may see.</summary>
    public Snapshot Published => _published;

    /// <summary>The number of a series, for <see cref="Add"/>.</summary>
    public int Series(ReadOnlySpan<byte> key, ulong hash, MetricKind kind, ReadOnlySpan<byte> unit)
    {
        var known = _series.Count;
        var series = _series.GetOrAdd(key, hash);
        if (series < known)
            return series;
        if (series == _descriptions.Length)
            Array.Resize(ref _descriptions, series * 2);
        _descriptions[series] = new Description(kind, Encoding.UTF8.GetString(unit));
        return series;
    }

    /// <summary>Adds a sample; seen after <see cref="Publish"/>.</summary>
    public void Add(int series, long timestampUnixNanos, double value)
    {
        var (chunk, index) = Math.DivRem(_count++, ChunkSamples);
        if (chunk == _chunks.Length)
            _chunks = [.. _chunks, new Sample[ChunkSamples]];
        _chunks[chunk][index] = new Sample(timestampUnixNanos, value, series);
    }

    /// <summary>Shows readers what one record of the journal added.</summary>
    public void Publish(long arrivalUnixNanos)
    {
        LastArrivalUnixNanos = Math.Max(LastArrivalUnixNanos, arrivalUnixNanos);
        _published = new Snapshot(_series.Entries, _descriptions, _chunks, _series.Count, _count);
    }

    /// <summary>One sample.</summary>
    public readonly record struct Sample(long TimestampUnixNanos, double Value, int Series);

    /// <summary>What a series' samples mean, as its first sender said.</summary>
    public readonly record struct Description(MetricKind Kind, string Unit);

    /// <summary>A consistent view: series below their count and samples below theirs do not change.</summary>
    public sealed record Snapshot(LabelTable.Entry[] Series, Description[] Descriptions, Sample[][] Chunks, int SeriesCount, int SampleCount)
    {
        /// <summary>The wanted series in order of their keys, each with its samples of a range in order of time.</summary>
        /// <param name="fromUnixNanos">Inclusive.</param>
        /// <param name="toUnixNanos">Exclusive.</param>
        /// <param name="wanted">Asked once a series with its canonical labels.</param>
        public IEnumerable<SeriesSamples> Read(long fromUnixNanos, long toUnixNanos, Predicate<ReadOnlyMemory<byte>> wanted)
        {
            var order = new List<int>();
            for (var series = 0; series < SeriesCount; series++)
            {
                if (wanted(Series[series].Key))
                    order.Add(series);
            }
            order.Sort((a, b) => Series[a].Key.Span.SequenceCompareTo(Series[b].Key.Span));
            var rows = Group(order, fromUnixNanos, toUnixNanos, out var ends);
            var start = 0;
            for (var i = 0; i < order.Count; i++)
            {
                var samples = rows.AsSpan(start, ends[i] - start);
                start = ends[i];
                if (!samples.IsEmpty)
                    yield return ToSeries(order[i], samples);
            }
        }

        // A counting sort by series: samples in order of arrival within each, then by time where senders were out of order.
        private int[] Group(List<int> order, long from, long to, out int[] ends)
        {
            var slots = new int[SeriesCount];
            for (var i = 0; i < order.Count; i++)
                slots[order[i]] = i + 1;
            ends = new int[order.Count + 1];
            for (var row = 0; row < SampleCount; row++)
            {
                ref readonly var sample = ref At(row);
                if (slots[sample.Series] > 0 && sample.TimestampUnixNanos >= from && sample.TimestampUnixNanos < to)
                    ends[slots[sample.Series]]++;
            }
            for (var i = 1; i < ends.Length; i++)
                ends[i] += ends[i - 1];
            var rows = new int[ends[^1]];
            for (var row = 0; row < SampleCount; row++)
            {
                ref readonly var sample = ref At(row);
                if (slots[sample.Series] > 0 && sample.TimestampUnixNanos >= from && sample.TimestampUnixNanos < to)
                    rows[ends[slots[sample.Series] - 1]++] = row;
            }
            return rows;
        }

        private SeriesSamples ToSeries(int series, Span<int> rows)
        {
            for (var i = 1; i < rows.Length; i++)
            {
                if (At(rows[i]).TimestampUnixNanos >= At(rows[i - 1]).TimestampUnixNanos)
                    continue;
                rows.Sort((a, b) => At(a).TimestampUnixNanos.CompareTo(At(b).TimestampUnixNanos) is var byTime && byTime != 0 ? byTime : a.CompareTo(b));
                break;
            }
            var timestamps = new long[rows.Length];
            var values = new double[rows.Length];
            for (var i = 0; i < rows.Length; i++)
            {
                ref readonly var sample = ref At(rows[i]);
                timestamps[i] = sample.TimestampUnixNanos;
                values[i] = sample.Value;
            }
            return new SeriesSamples(Series[series].Key, Descriptions[series].Kind, Descriptions[series].Unit, timestamps, values);
        }

        private ref readonly Sample At(int row) => ref Chunks[row / ChunkSamples][row % ChunkSamples];
    }
}
