namespace VmObs.Signals.Metrics;

/// <summary>Bytes that stand for a series in a <see cref="SeriesTable"/>.</summary>
internal sealed class SeriesEntry(byte[] bytes, ulong hash, InternedSeries series)
{
    /// <summary>The bytes; they do not change.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>XxHash3 of the bytes.</summary>
    public ulong Hash { get; } = hash;

    /// <summary>The series that they stand for.</summary>
    public InternedSeries Series { get; } = series;

    /// <summary>The table's generation that it was last found in; below zero once the table has dropped it.</summary>
    public int Generation { get; set; }

    /// <summary>What followed in the last request: senders repeat their order, and memory that was allocated in this order is read in it.
    /// A hint that any thread may set; the table cuts it when it drops the entry.</summary>
    public SeriesEntry? Next { get; set; }
}
