namespace VmObs.Storage.Embedded.Hours;

/// <summary>What queries read again and again of sealed trace files: their footers, and of their row groups which rows and times a trace has.</summary>
/// <remarks>
/// Thread-safe. Bounded by bytes; what was not asked for longest goes first. A sealed file stays what it is, and its name is never another file's;
/// what expired of it whoever asks looks up for itself.
/// </remarks>
/// <param name="maxBytes">What it may hold.</param>
internal sealed class TraceFileCache(long maxBytes)
{
    /// <summary>Enough for the row groups of some five million spans.</summary>
    public const long DefaultMaxBytes = 32 * 1024 * 1024;

    private const int WholeFile = -1;

    private readonly Lock _lock = new();
    private readonly Dictionary<Key, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();
    private long _bytes;

    /// <summary>What is known of a file as a whole; reads it where it is not.</summary>
    /// <param name="file">The file.</param>
    /// <param name="read">Reads it; two queries may do so at once.</param>
    /// <param name="bytesOf">What it takes in memory.</param>
    public T Get<T>(HourFile file, Func<T> read, Func<T, long> bytesOf)
        where T : class => Get(file, WholeFile, read, bytesOf);

    /// <summary>What is known of a row group; reads it where it is not.</summary>
    /// <inheritdoc cref="Get{T}(HourFile, Func{T}, Func{T, long})"/>
    public T Get<T>(HourFile file, int group, Func<T> read, Func<T, long> bytesOf)
        where T : class
    {
        var key = new Key(file, group, typeof(T));
        if (Find(key) is T known)
            return known;
        var value = read();
        Keep(new Entry(key, value, bytesOf(value)));
        return value;
    }

    private object? Find(Key key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var node))
                return null;
            _byUse.Remove(node);
            _byUse.AddLast(node);
            return node.Value.Value;
        }
    }

    private void Keep(Entry entry)
    {
        lock (_lock)
        {
            if (entry.Bytes > maxBytes || _entries.ContainsKey(entry.Key))
                return;
            _entries.Add(entry.Key, _byUse.AddLast(entry));
            _bytes += entry.Bytes;
            while (_bytes > maxBytes)
            {
                var oldest = _byUse.First!.Value;
                _byUse.RemoveFirst();
                _entries.Remove(oldest.Key);
                _bytes -= oldest.Bytes;
            }
        }
    }

    private readonly record struct Key(HourFile File, int Group, Type Kind);

    private sealed record Entry(Key Key, object Value, long Bytes);
}
