namespace VmObs.Signals.Metrics;

/// <summary>A bounded table from bytes to series: when the younger generation is full the older one is dropped, and what is still asked for has
/// moved to the younger one.</summary>
/// <remarks>Thread-safe; a look-up takes no lock: entries do not change, and slots go from empty to taken once.</remarks>
/// <param name="maxBytes">What one generation may hold, about; two are kept.</param>
internal sealed class SeriesTable(long maxBytes)
{
    // Beside its bytes: heads of objects, the entry, and slots at half load.
    private const int EntryBytes = 144;

    private readonly Lock _lock = new();
    private volatile SeriesGeneration _young = new(1);
    private volatile SeriesGeneration _old = new(0);

    /// <summary>The entry of the bytes; null when there is none.</summary>
    public SeriesEntry? Find(ReadOnlySpan<byte> bytes, ulong hash)
    {
        if (_young.Find(bytes, hash) is { } entry)
            return entry;
        if (_old.Find(bytes, hash) is not { } aged)
            return null;
        lock (_lock)
            return Add(aged);
    }

    /// <summary>The entry that followed another one in the last request, when these bytes begin with its bytes.</summary>
    public SeriesEntry? FollowerOf(SeriesEntry? last, ReadOnlySpan<byte> bytes) =>
        last?.Next is { } next && next.Generation == _young.Number && bytes.StartsWith(next.Bytes) ? next : null;

    /// <summary>The entry of the bytes; a new one for the series given when there was none.</summary>
    public SeriesEntry GetOrAdd(byte[] bytes, ulong hash, InternedSeries series)
    {
        lock (_lock)
            return Add(_old.Find(bytes, hash) ?? new SeriesEntry(bytes, hash, series));
    }

    private SeriesEntry Add(SeriesEntry entry)
    {
        if (_young.Find(entry.Bytes, entry.Hash) is { } other)
            return other;
        if (_young.HeldBytes > maxBytes)
        {
            _old.Drop();
            _old = _young;
            _young = new SeriesGeneration(_old.Number + 1);
        }
        _young.Add(entry, entry.Bytes.Length + entry.Series.Key.Length + EntryBytes);
        return entry;
    }
}
