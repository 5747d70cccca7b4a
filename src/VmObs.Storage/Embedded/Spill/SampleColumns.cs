namespace VmObs.Storage.Embedded.Spill;

/// <summary>Samples of one series in columns that grow and are used again.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class SampleColumns
{
    // Beyond this many steps a sample a sort of all is faster.
    private const int MaxMoves = 8;

    private long[] _times = new long[1024];
    private double[] _values = new double[1024];

    /// <summary>Number of samples.</summary>
    public int Count { get; private set; }

    /// <summary>Times, Unix ns.</summary>
    public ReadOnlySpan<long> TimestampsUnixNanos => _times.AsSpan(0, Count);

    /// <summary>As many values.</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    /// <summary>Forgets all samples.</summary>
    public void Clear() => Count = 0;

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

    /// <summary>Brings the samples into the order of their times; equal times stay in the order in which they were added.</summary>
    public void Sort()
    {
        if (TryInsertionSort())
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
