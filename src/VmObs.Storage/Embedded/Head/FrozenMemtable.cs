namespace VmObs.Storage.Embedded.Head;

/// <summary>A memtable that takes no more records and is on its way into a run.</summary>
/// <param name="FirstPosition">The first record of the journal that a restart needs while the run is not durable.</param>
/// <param name="LastPosition">The last record of the journal that is in it; all before it of the signal are in it or in runs.</param>
/// <param name="ReservedBytes">Bytes reserved in the budget for it.</param>
/// <param name="Parts">By hour, at most one an hour.</param>
/// <param name="Receipts">Traces of it that have no receipt yet because the ledger refused; the run waits for them.</param>
internal sealed record FrozenMemtable(
    long FirstPosition, long LastPosition, long ReservedBytes, IReadOnlyList<IMemtablePart> Parts, IReadOnlyList<CompletedTrace> Receipts);
