using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Puts the parts of each trace together: several walks by id become one.</summary>
internal sealed class TracePartMerge : IDisposable
{
    private readonly List<ITracePartCursor> _cursors;
    private readonly PriorityQueue<ITracePartCursor, TraceId> _waiting = new();
    private readonly bool _withSpans;
    private TraceFacts _facts;

    /// <param name="cursors">Disposed with the merge; an hour has a few.</param>
    /// <param name="withSpans">Whether <see cref="Spans"/> are wanted as well.</param>
    public TracePartMerge(List<ITracePartCursor> cursors, bool withSpans)
    {
        (_cursors, _withSpans) = (cursors, withSpans);
        foreach (var cursor in cursors)
            Wait(cursor);
    }

    /// <summary>The trace.</summary>
    public TraceId Id { get; private set; }

    /// <summary>What its parts come to.</summary>
    public ref readonly TraceFacts Facts => ref _facts;

    /// <summary>All its spans, where they were asked for; until the next move.</summary>
    public List<ReadOnlyMemory<byte>> Spans { get; } = [];

    /// <summary>Moves to the next trace; false at the end.</summary>
    public bool MoveNext()
    {
        if (!_waiting.TryPeek(out _, out var id))
            return false;
        Id = id;
        _facts = new TraceFacts();
        Spans.Clear();
        // A walk may have several parts of a trace, one behind the other.
        while (_waiting.TryPeek(out var cursor, out var next) && next == id)
        {
            _waiting.Dequeue();
            cursor.AddTo(ref _facts);
            if (_withSpans)
                cursor.AddTo(Spans);
            Wait(cursor);
        }
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var cursor in _cursors)
            cursor.Dispose();
    }

    private void Wait(ITracePartCursor cursor)
    {
        if (cursor.MoveNext())
            _waiting.Enqueue(cursor, cursor.Id);
    }
}
