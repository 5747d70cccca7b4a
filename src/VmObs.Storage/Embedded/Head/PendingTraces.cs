using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Head;

/// <summary>All traces that are not decided yet, in order of their last arrival, so that choosing the quiet ones costs nothing for the others.</summary>
/// <remarks>Owned by the signal's applier; readers hold the trace store's lock.</remarks>
internal sealed class PendingTraces
{
    private readonly Dictionary<TraceId, PendingTrace> _traces = [];
    private readonly ByteArena _spans = new();
    private PendingTrace? _quietest;
    private PendingTrace? _busiest;

    /// <summary>Bytes of traces for which no decision is on its way.</summary>
    public long UndecidedBytes { get; private set; }

    /// <summary>The trace with no arrival for longest, of those for which no decision is on its way.</summary>
    public PendingTrace? Quietest => _quietest;

    /// <summary>All of them.</summary>
    public IEnumerable<PendingTrace> All => _traces.Values;

    /// <summary>The trace; null when nothing of it is pending.</summary>
    public PendingTrace? Find(TraceId id) => _traces.GetValueOrDefault(id);

    /// <summary>Adds a span to its trace.</summary>
    /// <returns>The trace.</returns>
    public PendingTrace Add(SpanRecord span, long position, long arrivalUnixNanos)
    {
        if (!_traces.TryGetValue(span.TraceId, out var trace))
        {
            trace = new PendingTrace(span.TraceId, position, arrivalUnixNanos);
            _traces.Add(trace.Id, trace);
            UndecidedBytes += trace.ReservedBytes;
        }
        else if (!trace.DecisionQueued)
        {
            Unlink(trace);
        }
        var before = trace.ReservedBytes;
        trace.Add(_spans.Add(span.Bytes), position);
        trace.LastArrivalUnixNanos = Math.Max(trace.LastArrivalUnixNanos, arrivalUnixNanos);
        if (!trace.DecisionQueued)
        {
            UndecidedBytes += trace.ReservedBytes - before;
            Link(trace);
        }
        return trace;
    }

    /// <summary>A decision is on its way through the journal.</summary>
    public void QueueDecision(PendingTrace trace)
    {
        Unlink(trace);
        trace.DecisionQueued = true;
        UndecidedBytes -= trace.ReservedBytes;
    }

    /// <summary>The decision did not get into the journal; the trace waits again.</summary>
    public void TakeBackDecision(TraceId id)
    {
        if (Find(id) is not { DecisionQueued: true } trace)
            return;
        trace.DecisionQueued = false;
        UndecidedBytes += trace.ReservedBytes;
        Link(trace);
    }

    /// <summary>Takes a trace out, decided.</summary>
    public PendingTrace? Remove(TraceId id)
    {
        if (!_traces.Remove(id, out var trace))
            return null;
        if (!trace.DecisionQueued)
        {
            // A replay: the decision was queued in an earlier life.
            Unlink(trace);
            UndecidedBytes -= trace.ReservedBytes;
        }
        return trace;
    }

    /// <summary>Takes out what a trace has of the journal's records up to one, sampled out; the rest of it waits for a decision of its own.</summary>
    /// <returns>The bytes that are free by that.</returns>
    public long Drop(TraceId id, long through)
    {
        if (Remove(id) is not { } trace)
            return 0;
        if (trace.After(through) is not { } rest)
            return trace.ReservedBytes;
        rest.DecisionQueued = false;
        _traces.Add(id, rest);
        UndecidedBytes += rest.ReservedBytes;
        Link(rest);
        return rest == trace ? 0 : trace.ReservedBytes - rest.ReservedBytes;
    }

    private void Link(PendingTrace trace)
    {
        (trace.Quieter, trace.Busier) = (_busiest, null);
        if (_busiest is null)
            _quietest = trace;
        else
            _busiest.Busier = trace;
        _busiest = trace;
    }

    private void Unlink(PendingTrace trace)
    {
        if (trace.Quieter is null)
            _quietest = trace.Busier;
        else
            trace.Quieter.Busier = trace.Busier;
        if (trace.Busier is null)
            _busiest = trace.Quieter;
        else
            trace.Busier.Quieter = trace.Quieter;
        (trace.Quieter, trace.Busier) = (null, null);
    }
}
