using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;

namespace VmObs.Storage.Embedded.Spill;

/// <summary>Samples of one series in columns that grow and are used again.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class SampleColumns
{
    // Beyond this many steps a sample a sort of all is faster.
    private const int MaxMoves = 8;

    // Details' bytes lie in arrays that double up to this.
    private const int MaxDetailChunkBytes = 1024 * 1024;

    private long[] _times = new long[1024];
    private double[] _values = new double[1024];
    private SampleDetail[] _details = [];
    private int _detailCount;
    // What the details' memory lies in; one that is full stays theirs.
    private byte[] _detailBytes = [];
    private int _detailLength;

    /// <summary>Number of samples.</summary>
    public int Count { get; private set; }

    /// <summary>Times, Unix ns.</summary>
    public ReadOnlySpan<long> TimestampsUnixNanos => _times.AsSpan(0, Count);

    /// <summary>As many values.</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    /// <summary>Details of some samples, in the order of the samples; valid until the samples are forgotten.</summary>
    public ReadOnlySpan<SampleDetail> Details => _details.AsSpan(0, _detailCount);

    /// <summary>Forgets all samples.</summary>
    public void Clear() => (Count, _detailCount, _detailLength) = (0, 0, 0);

    /// <summary>Adds one sample.</summary>
    public void Add(long timestampUnixNanos, double value)
    {
        var room = Add(1);
        (room.Times[0], room.Values[0]) = (timestampUnixNanos, value);
    }

    /// <summary>Adds so many samples, which the caller writes.</summary>
    public Room Add(int count)
    {
        var start = Count;
        Count += count;
        if (Count > _times.Length)
        {
            var capacity = Math.Max(Count, _times.Length * 2);
            Array.Resize(ref _times, capacity);
            Array.Resize(ref _values, capacity);
        }
        return new Room(_times.AsSpan(start, count), _values.AsSpan(start, count));
    }

    /// <summary>Gives a sample a detail, which is copied.</summary>
    /// <param name="sample">Greater than the one before that got a detail.</param>
    /// <param name="json">The detail.</param>
    public void AddDetail(int sample, ReadOnlySpan<byte> json)
    {
        if (json.Length > _detailBytes.Length - _detailLength)
            (_detailBytes, _detailLength) = (new byte[Math.Max(Math.Min(_detailBytes.Length * 2, MaxDetailChunkBytes), json.Length * 4)], 0);
        if (_detailCount == _details.Length)
            Array.Resize(ref _details, Math.Max(16, _detailCount * 2));
        var memory = _detailBytes.AsMemory(_detailLength, json.Length);
        json.CopyTo(memory.Span);
        _detailLength += json.Length;
        _details[_detailCount++] = new SampleDetail(sample, memory);
    }

    /// <summary>A copy of some samples.</summary>
    /// <param name="key">Canonical labels of their series.</param>
    /// <param name="description">What they mean.</param>
    /// <param name="from">The first one.</param>
    /// <param name="to">The one after the last.</param>
    /// <param name="withDetails">Whether with their details.</param>
    public SeriesSamples Copy(ReadOnlyMemory<byte> key, MetricDescription description, int from, int to, bool withDetails)
    {
        List<SampleDetail> details = [];
        foreach (var detail in withDetails ? Details : [])
        {
            if (detail.Sample >= from && detail.Sample < to)
                details.Add(new SampleDetail(detail.Sample - from, detail.Json.ToArray()));
        }
        return new SeriesSamples(key, description.Kind, description.Unit, TimestampsUnixNanos[from..to].ToArray(), Values[from..to].ToArray()) { Details = details };
    }

    /// <summary>Brings the samples into the order of their times; equal times stay in the order in which they were added.</summary>
    public void Sort()
    {
        if (_detailCount > 0 ? IsSorted() : TryInsertionSort())
            return;
        // A key of time and place makes an unstable sort stable.
        var order = new (long Time, int Place)[Count];
        for (var i = 0; i < Count; i++)
            order[i] = (_times[i], i);
        Array.Sort(order, static (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Place.CompareTo(b.Place));
        var values = new double[_values.Length];
        for (var i = 0; i < order.Length; i++)
            (_times[i], values[i]) = (order[i].Time, _values[order[i].Place]);
        _values = values;
        if (_detailCount > 0)
            MoveDetails(order);
    }

    /// <summary>The first sample, of sorted ones, whose time is not before this.</summary>
    public int LowerBound(long timestampUnixNanos)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _times[middle] < timestampUnixNanos ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    private bool IsSorted()
    {
        for (var i = 1; i < Count; i++)
        {
            if (_times[i] < _times[i - 1])
                return false;
        }
        return true;
    }

    /// <summary>Details follow their samples.</summary>
    private void MoveDetails((long Time, int Place)[] order)
    {
        var places = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
            places[order[i].Place] = i;
        foreach (ref var detail in _details.AsSpan(0, _detailCount))
            detail = detail with { Sample = places[detail.Sample] };
        _details.AsSpan(0, _detailCount).Sort(static (a, b) => a.Sample.CompareTo(b.Sample));
    }

    /// <summary>Sorts what is nearly in order, as senders side by side make it; gives up, with equal times still in their order, when that takes long.</summary>
    private bool TryInsertionSort()
    {
        var moves = (long)Count * MaxMoves;
        for (var i = 1; i < Count; i++)
        {
            if (_times[i] >= _times[i - 1])
                continue;
            var (time, value, to) = (_times[i], _values[i], i);
            for (; to > 0 && _times[to - 1] > time; to--)
                (_times[to], _values[to]) = (_times[to - 1], _values[to - 1]);
            (_times[to], _values[to]) = (time, value);
            moves -= i - to;
            if (moves < 0)
                return false;
        }
        return true;
    }

    /// <summary>Room for samples.</summary>
    public readonly ref struct Room(Span<long> times, Span<double> values)
    {
        /// <summary>Times, Unix ns.</summary>
        public Span<long> Times { get; } = times;

        /// <summary>As many values.</summary>
        public Span<double> Values { get; } = values;
    }
}
