using VmObs.Signals;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Head;

/// <summary>One hour's samples of a memtable: an append-only list in order of arrival.</summary>
/// <remarks>The signal's applier alone adds; readers take <see cref="Published"/>. A sample costs three stores; sorting waits for the spill.</remarks>
internal sealed class MetricPart(SpillingHour<MetricPart> hour, long firstPosition, long firstArrivalUnixNanos) : IMemtablePart
{
    /// <summary>What a sample costs in memory.</summary>
    public const long SampleBytes = 24;

    /// <summary>What a detail costs beside its bytes: its place in a list that doubles.</summary>
    public const long DetailOverheadBytes = 48;

    // Large enough that the list of chunks stays short, small enough that an hour with few samples costs little.
    private const int ChunkShift = 10;
    private const int ChunkSamples = 1 << ChunkShift;

    // No sample is beyond the last of its hour.
    private static readonly MetricQuery s_all = new(long.MinValue, long.MaxValue, []);

    private Sample[][] _chunks = new Sample[4][];
    private int _count;
    private long _lastPosition;
    private long _lastArrival;
    private long _first = long.MaxValue;
    private long _last = long.MinValue;
    // Of few samples, by row; their bytes stay where they are.
    private readonly ByteArena _detailBytes = new();
    private SampleDetail[] _details = [];
    private int _detailCount;
    private volatile Snapshot _published = new([], [], [], [], 0, 0, 0);

    /// <summary>The hour that the samples belong to.</summary>
    public SpillingHour<MetricPart> Hour { get; } = hour;

    /// <summary>The record of the journal that last brought samples; for the applier.</summary>
    public long TouchedBy { get; set; }

    /// <summary>What readers may see.</summary>
    public Snapshot Published => _published;

    public RunFacts Facts => new(Hour.Name.Hour, firstPosition, _lastPosition, firstArrivalUnixNanos, _lastArrival, _first, _last);

    /// <summary>Adds a sample; seen after <see cref="Publish"/>.</summary>
    public void Add(int series, long timestampUnixNanos, double value)
    {
        var row = _count++;
        if ((row & (ChunkSamples - 1)) == 0)
            AddChunk(row >> ChunkShift);
        _chunks[row >> ChunkShift][row & (ChunkSamples - 1)] = new Sample(timestampUnixNanos, value, series);
        _first = Math.Min(_first, timestampUnixNanos);
        _last = Math.Max(_last, timestampUnixNanos);
    }

    /// <summary>Gives the sample added last a detail.</summary>
    /// <returns>What it costs in memory.</returns>
    public long AddDetail(ReadOnlySpan<byte> json)
    {
        // A new array: readers may hold the old one.
        if (_detailCount == _details.Length)
            Array.Resize(ref _details, Math.Max(4, _detailCount * 2));
        _details[_detailCount++] = new SampleDetail(_count - 1, _detailBytes.Add(json));
        return DetailOverheadBytes + json.Length;
    }

    /// <summary>Shows readers what one record of the journal added.</summary>
    public void Publish(long position, long arrivalUnixNanos, MetricMemtable table)
    {
        _lastPosition = position;
        _lastArrival = Math.Max(_lastArrival, arrivalUnixNanos);
        _published = new Snapshot(table.Series.Entries, table.Descriptions, _chunks, _details, table.Series.Count, _count, _detailCount);
    }

    public void WriteTo(RunWriter run)
    {
        using var payload = new PooledBuffer(64 * 1024);
        var all = Published;
        foreach (var (series, samples) in all.Gather(s_all))
        {
            payload.Clear();
            MetricPayload.Write(payload, all.Descriptions[series].Kind, all.Descriptions[series].Unit, samples);
            run.Append(all.Series[series].Key.Span, payload.WrittenSpan);
        }
    }

    public void SpilledTo(RunPart run) => Hour.Exchange(this, run);

    private void AddChunk(int chunk)
    {
        // A new array: readers may hold the old one.
        if (chunk == _chunks.Length)
            _chunks = [.. _chunks, .. new Sample[chunk][]];
        _chunks[chunk] = GC.AllocateUninitializedArray<Sample>(ChunkSamples);
    }

    /// <summary>One sample.</summary>
    public readonly record struct Sample(long TimestampUnixNanos, double Value, int Series);

    /// <summary>A consistent view: series, samples and details below their counts do not change.</summary>
    public sealed record Snapshot(
        LabelTable.Entry[] Series, MetricDescription[] Descriptions, Sample[][] Chunks, SampleDetail[] Details, int SeriesCount, int SampleCount, int DetailCount)
    {
        /// <summary>The series that a query wants in order of their keys, each with its samples of the range in order of time.</summary>
        public IEnumerable<SeriesSamples> Read(MetricQuery query)
        {
            foreach (var (series, samples) in Gather(query))
                yield return samples.Copy(Series[series].Key, Descriptions[series], 0, samples.Count, query.WithDetails);
        }

        /// <summary>As <see cref="Read"/>, told in short: nothing is sorted by time or copied.</summary>
        public IEnumerable<SeriesPart> Outline(MetricQuery query, HourId hour)
        {
            var order = Wanted(query);
            var (counts, times, values) = (new long[SeriesCount], new long[SeriesCount], new double[SeriesCount]);
            for (var row = 0; row < SampleCount; row++)
            {
                ref readonly var sample = ref At(row);
                if (sample.TimestampUnixNanos < query.FromUnixNanos || sample.TimestampUnixNanos >= query.ToUnixNanos)
                    continue;
                // Of samples of one time the one that arrived last.
                if (counts[sample.Series]++ == 0 || sample.TimestampUnixNanos >= times[sample.Series])
                    (times[sample.Series], values[sample.Series]) = (sample.TimestampUnixNanos, sample.Value);
            }
            var ends = new Lazy<LastSamples>(new LastSamples(times, values));
            foreach (var series in order)
            {
                if (counts[series] > 0)
                    yield return new SeriesPart(Series[series].Key, Descriptions[series].Kind, Descriptions[series].Unit, counts[series], hour, ends, series);
            }
        }

        /// <summary>As <see cref="Read"/>, by the series' numbers; samples are valid until the next series.</summary>
        public IEnumerable<(int Series, SampleColumns Samples)> Gather(MetricQuery query)
        {
            var order = Wanted(query);
            var rows = Group(order, query.FromUnixNanos, query.ToUnixNanos, out var ends);
            var columns = new SampleColumns();
            var start = 0;
            for (var i = 0; i < order.Count; i++)
            {
                var end = ends[i];
                if (end > start)
                {
                    Copy(rows.AsSpan(start, end - start), columns);
                    yield return (order[i], columns);
                }
                start = end;
            }
        }

        private List<int> Wanted(MetricQuery query)
        {
            var order = new List<int>();
            for (var series = 0; series < SeriesCount; series++)
            {
                if (query.Wants(Series[series].Key.Span))
                    order.Add(series);
            }
            order.Sort((a, b) => Series[a].Key.Span.SequenceCompareTo(Series[b].Key.Span));
            return order;
        }

        // A counting sort by series: samples stay in order of arrival within each.
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

        private void Copy(ReadOnlySpan<int> rows, SampleColumns columns)
        {
            columns.Clear();
            var room = columns.Add(rows.Length);
            for (var i = 0; i < rows.Length; i++)
            {
                ref readonly var sample = ref At(rows[i]);
                (room.Times[i], room.Values[i]) = (sample.TimestampUnixNanos, sample.Value);
                if (DetailCount > 0 && DetailOf(rows[i]) is { Length: > 0 } json)
                    columns.AddDetail(i, json.Span);
            }
            columns.Sort();
        }

        private ReadOnlyMemory<byte> DetailOf(int row)
        {
            var (low, high) = (0, DetailCount);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = Details[middle].Sample < row ? (middle + 1, high) : (low, middle);
            }
            return low < DetailCount && Details[low].Sample == row ? Details[low].Json : default;
        }

        private ref readonly Sample At(int row) => ref Chunks[row >> ChunkShift][row & (ChunkSamples - 1)];
    }
}
