using VmObs.Ledger.Hashing;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Head;

/// <summary>The decided traces of an hour that is not sealed.</summary>
/// <remarks>The signal's applier alone adds; readers hold the trace head's lock or wait until the hour is closed.</remarks>
internal sealed class TraceOpenHour(HourFile name, long firstPosition, long firstArrivalUnixNanos) : IOpenHour
{
    public HourFile Name { get; } = name;

    /// <summary>The journal's record that brought the hour's first data.</summary>
    public long FirstPosition { get; private set; } = firstPosition;

    public long FirstArrivalUnixNanos { get; } = firstArrivalUnixNanos;

    public long LastArrivalUnixNanos { get; private set; } = firstArrivalUnixNanos;

    /// <summary>Bytes reserved in the budget for the hour's spans.</summary>
    public long ReservedBytes { get; private set; }

    public List<DecidedTrace> Traces { get; } = [];

    public void Add(DecidedTrace trace, PendingTrace pending, long arrivalUnixNanos)
    {
        Traces.Add(trace);
        FirstPosition = Math.Min(FirstPosition, pending.FirstPosition);
        LastArrivalUnixNanos = Math.Max(LastArrivalUnixNanos, arrivalUnixNanos);
        ReservedBytes += pending.ReservedBytes;
    }
}

/// <summary>A trace as it was decided.</summary>
/// <param name="Key">The trace and its decision.</param>
/// <param name="Failed">Whether any span failed.</param>
/// <param name="Leaf">Its leaf in the hour's records tree.</param>
/// <param name="Spans">Canonical records, by start and span id.</param>
internal sealed record DecidedTrace(TraceKey Key, bool Failed, Digest Leaf, IReadOnlyList<ReadOnlyMemory<byte>> Spans);
