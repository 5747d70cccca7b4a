using VmObs.Ledger.Hashing;

namespace VmObs.Storage.Embedded;

/// <summary>The end of what the journal has on disk: one consistent pair.</summary>
/// <param name="Position">Its last durable record; 0 when it has none.</param>
/// <param name="Chain">The chain after that record; all zero when it has none.</param>
public sealed record DurableJournal(long Position, Digest Chain);
