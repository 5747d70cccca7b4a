namespace VmObs.Storage;

/// <summary>What was read and may be asked for again, up to a number of bytes: what was used longest ago goes first.</summary>
/// <param name="maxBytes">What all values may take; a larger value is not kept.</param>
/// <remarks>Thread-safe. Values are shared by all who ask, so they must not change. Two who miss at once both read.</remarks>
internal sealed class LruCache<TKey, TValue>(long maxBytes)
    where TKey : notnull
    where TValue : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, LinkedListNode<Entry>> _entries = [];
    // The last used is first.
    private readonly LinkedList<Entry> _order = [];

    /// <summary>Bytes that are kept.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>A value; null where it is not kept.</summary>
    public TValue? Find(TKey key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var node))
                return null;
            _order.Remove(node);
            _order.AddFirst(node);
            return node.Value.Value;
        }
    }

    /// <summary>Keeps a value that was read.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="value">The value.</param>
    /// <param name="bytes">What it takes.</param>
    public void Add(TKey key, TValue value, long bytes)
    {
        if (bytes > maxBytes)
            return;
        lock (_lock)
        {
            if (_entries.ContainsKey(key))
                return;
            _entries.Add(key, _order.AddFirst(new Entry(key, value, bytes)));
            HeldBytes += bytes;
            while (HeldBytes > maxBytes)
            {
                var last = _order.Last!;
                _order.RemoveLast();
                _entries.Remove(last.Value.Key);
                HeldBytes -= last.Value.Bytes;
            }
        }
    }

    private readonly record struct Entry(TKey Key, TValue Value, long Bytes);
}
