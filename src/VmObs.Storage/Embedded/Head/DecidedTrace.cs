using VmObs.Ledger.Hashing;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Head;

/// <summary>A trace as it was decided.</summary>
/// <param name="Key">The trace and its decision.</param>
/// <param name="Failed">Whether any span failed.</param>
/// <param name="Leaf">Its leaf in the hour's records tree.</param>
/// <param name="Spans">Canonical records, by start and span id.</param>
internal sealed record DecidedTrace(TraceKey Key, bool Failed, Digest Leaf, IReadOnlyList<ReadOnlyMemory<byte>> Spans);
