using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Sampling;

/// <summary>The last traces that were kept though their ids alone would not have kept them: what comes later of them is kept as well.</summary>
/// <remarks>Not thread-safe. Begins empty with each start: what it knew stands in the decisions of the journal, which a replay does not decide anew.
/// Bounded by <see cref="MaxTraces"/>, about 5 MB.</remarks>
internal sealed class KeptTraces
{
    /// <summary>So many are known; the oldest are forgotten first.</summary>
    public const int MaxTraces = 128 * 1024;

    private readonly HashSet<TraceId> _known = [];
    private readonly Queue<TraceId> _order = new();

    /// <summary>Whether an earlier part of the trace was kept.</summary>
    public bool Contains(TraceId id) => _known.Contains(id);

    /// <summary>Notes a trace that was kept.</summary>
    public void Add(TraceId id)
    {
        if (!_known.Add(id))
            return;
        _order.Enqueue(id);
        if (_order.Count > MaxTraces)
            _known.Remove(_order.Dequeue());
    }
}
