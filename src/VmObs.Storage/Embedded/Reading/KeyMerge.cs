namespace VmObs.Storage.Embedded.Reading;

/// <summary>Goes through sequences side by side, each of which is in ascending order of keys and has a key once: for every key what they have of it.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="keyOf">An item's key.</param>
internal sealed class KeyMerge<T>(Func<T, ReadOnlyMemory<byte>> keyOf) : IDisposable
{
    private readonly List<IEnumerator<T>> _sources = [];
    private readonly PriorityQueue<int, (ReadOnlyMemory<byte> Key, int Source)> _next = new(Comparer<(ReadOnlyMemory<byte> Key, int Source)>.Create(Compare));
    private readonly List<T> _parts = [];
    // Sources move on when the next key is asked for: until then what they gave may need them.
    private readonly List<int> _taken = [];

    /// <summary>What the sequences have of the key, in the order in which they were added; valid until <see cref="MoveNext"/>.</summary>
    public IReadOnlyList<T> Parts => _parts;

    /// <summary>Adds a sequence; the merge ends it.</summary>
    public void Add(IEnumerable<T> source)
    {
        _sources.Add(source.GetEnumerator());
        Advance(_sources.Count - 1);
    }

    /// <summary>Moves to the next key; false at the end.</summary>
    public bool MoveNext()
    {
        foreach (var source in _taken)
            Advance(source);
        _taken.Clear();
        _parts.Clear();
        if (!_next.TryPeek(out _, out var first))
            return false;
        do
        {
            var source = _next.Dequeue();
            _taken.Add(source);
            _parts.Add(_sources[source].Current);
        }
        while (_next.TryPeek(out _, out var next) && next.Key.Span.SequenceEqual(first.Key.Span));
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in _sources)
            source.Dispose();
    }

    private void Advance(int source)
    {
        if (_sources[source].MoveNext())
            _next.Enqueue(source, (keyOf(_sources[source].Current), source));
    }

    private static int Compare((ReadOnlyMemory<byte> Key, int Source) left, (ReadOnlyMemory<byte> Key, int Source) right) =>
        left.Key.Span.SequenceCompareTo(right.Key.Span) is not 0 and var order ? order : left.Source.CompareTo(right.Source);
}
