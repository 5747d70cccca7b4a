using VmObs.Signals.Ports;
using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Puts the parts of each trace together: several walks by id become one.</summary>
internal sealed class TracePartMerge : IDisposable
{
    private readonly List<ITracePartCursor> _cursors;
    private readonly PriorityQueue<ITracePartCursor, TraceId> _waiting = new();
    private readonly bool _withSpans;
    // Whole traces, as they stand in one walk; empty where the trace is put together instead.
    private TraceBlock _whole;
    // The trace that was put together: what its parts come to, and all its spans where they are wanted.
    private TraceId _id;
    private TraceFacts _facts;
    private readonly List<ReadOnlyMemory<byte>> _spans = [];

    /// <param name="cursors">Disposed with the merge; an hour has a few.</param>
    /// <param name="withSpans">Whether spans are wanted as well.</param>
    public TracePartMerge(List<ITracePartCursor> cursors, bool withSpans)
    {
        (_cursors, _withSpans) = (cursors, withSpans);
        foreach (var cursor in cursors)
            Wait(cursor);
    }

    /// <summary>Adds the places of all traces that may answer a query.</summary>
    public void AddTo(NewestPlaces places, TraceMatcher matcher, CancellationToken cancellationToken)
    {
        while (MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_whole.Count > 0)
                _whole.AddTo(places, matcher);
            else if (_facts.MayMatch(_id, matcher) && (!_withSpans || matcher.Matches(_spans)))
                places.Add(_facts.PlaceOf(_id));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var cursor in _cursors)
            cursor.Dispose();
    }

    // Moves to the next trace, or the next traces that are whole; false at the end.
    private bool MoveNext()
    {
        if (!_waiting.TryDequeue(out var first, out var id))
            return false;
        _whole = _withSpans ? default : first.TakeWhole(_waiting.TryPeek(out _, out var other) ? other : null);
        if (_whole.Count > 0)
        {
            _waiting.Enqueue(first, first.Id);
            return true;
        }
        _id = id;
        _facts = new TraceFacts();
        _spans.Clear();
        Take(first);
        // A walk may have several parts of a trace, one behind the other.
        while (_waiting.TryPeek(out var cursor, out var next) && next == id)
        {
            _waiting.Dequeue();
            Take(cursor);
        }
        return true;
    }

    private void Take(ITracePartCursor cursor)
    {
        cursor.AddTo(ref _facts);
        if (_withSpans)
            cursor.AddTo(_spans);
        Wait(cursor);
    }

    private void Wait(ITracePartCursor cursor)
    {
        if (cursor.MoveNext())
            _waiting.Enqueue(cursor, cursor.Id);
    }
}
