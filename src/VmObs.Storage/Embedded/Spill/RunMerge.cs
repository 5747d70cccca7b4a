namespace VmObs.Storage.Embedded.Spill;

/// <summary>Walks over several sections as if they were one: by key, equal keys in the order in which the sections are given.</summary>
/// <remarks>Not thread-safe. One block a section is in memory.</remarks>
internal sealed class RunMerge : IDisposable
{
    private readonly List<RunCursor> _cursors;
    // A binary heap of cursors' numbers, the smallest entry first.
    private readonly int[] _heap;
    private int _count;
    private bool _started;

    /// <summary>Stands before the first entry.</summary>
    /// <param name="runs">Sections in order of their runs; held by the caller.</param>
    public RunMerge(IEnumerable<RunPart> runs)
    {
        _cursors = [.. runs.Select(run => run.Open())];
        _heap = new int[_cursors.Count];
        for (var i = 0; i < _cursors.Count; i++)
        {
            if (_cursors[i].MoveNext())
                _heap[_count++] = i;
        }
        for (var i = (_count / 2) - 1; i >= 0; i--)
            Sink(i);
    }

    /// <summary>The entry's key; valid until the next move.</summary>
    public ReadOnlySpan<byte> Key => _cursors[_heap[0]].Key;

    /// <summary>The entry's payload; valid until the next move.</summary>
    public ReadOnlySpan<byte> Payload => _cursors[_heap[0]].Payload;

    /// <summary>Moves to the next entry; false at the end.</summary>
    /// <exception cref="DamagedFileException">A section is not what was written.</exception>
    public bool MoveNext()
    {
        if (_started && _count > 0)
        {
            if (!_cursors[_heap[0]].MoveNext())
                _heap[0] = _heap[--_count];
            Sink(0);
        }
        _started = true;
        return _count > 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _cursors.ForEach(cursor => cursor.Dispose());

    private void Sink(int at)
    {
        while (true)
        {
            var smallest = at;
            for (var child = (2 * at) + 1; child <= (2 * at) + 2 && child < _count; child++)
            {
                if (IsBefore(_heap[child], _heap[smallest]))
                    smallest = child;
            }
            if (smallest == at)
                return;
            (_heap[at], _heap[smallest]) = (_heap[smallest], _heap[at]);
            at = smallest;
        }
    }

    private bool IsBefore(int left, int right)
    {
        var order = _cursors[left].Key.SequenceCompareTo(_cursors[right].Key);
        return order < 0 || (order == 0 && left < right);
    }
}
