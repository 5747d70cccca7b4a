using VmObs.Signals;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Head;

/// <summary>One hour's decided traces of a memtable.</summary>
/// <remarks>The signal's applier alone adds; readers hold the trace store's lock.</remarks>
internal sealed class TracePart(SpillingHour<TracePart> hour, long firstPosition, long firstArrivalUnixNanos) : IMemtablePart
{
    private readonly List<DecidedTrace> _traces = [];
    private long _firstPosition = firstPosition;
    private long _lastPosition;
    private long _lastArrival;
    private long _first = long.MaxValue;
    private long _last = long.MinValue;

    /// <summary>The hour that the traces belong to.</summary>
    public SpillingHour<TracePart> Hour { get; } = hour;

    /// <summary>In order of their decisions.</summary>
    public IReadOnlyList<DecidedTrace> Traces => _traces;

    public RunFacts Facts => new(Hour.Name.Hour, _firstPosition, _lastPosition, firstArrivalUnixNanos, _lastArrival, _first, _last);

    public void Add(DecidedTrace trace, PendingTrace pending, long arrivalUnixNanos)
    {
        _traces.Add(trace);
        _firstPosition = Math.Min(_firstPosition, pending.FirstPosition);
        _lastPosition = Math.Max(_lastPosition, trace.Key.Decision);
        _lastArrival = Math.Max(_lastArrival, arrivalUnixNanos);
        _first = Math.Min(_first, pending.EarliestStartUnixNanos);
        _last = Math.Max(_last, pending.EarliestStartUnixNanos);
        Hour.Arrived(pending.FirstPosition, arrivalUnixNanos);
    }

    public void WriteTo(RunWriter run)
    {
        Span<byte> key = stackalloc byte[TraceRunKey.Bytes];
        using var payload = new PooledBuffer(64 * 1024);
        foreach (var trace in _traces.OrderByDescending(trace => trace.Failed).ThenBy(trace => trace.Key))
        {
            TraceRunKey.Write(key, trace.Failed, trace.Key);
            payload.Clear();
            TracePayload.Write(payload, trace.Leaf, trace.Spans);
            run.Append(key, payload.WrittenSpan);
        }
    }

    public void SpilledTo(RunPart run) => Hour.Exchange(this, run);
}
