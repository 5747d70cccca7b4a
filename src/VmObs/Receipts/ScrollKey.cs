using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Keys;

namespace VmObs.Receipts;

/// <summary>A key of a scroll.</summary>
/// <param name="Key">The public half.</param>
/// <param name="Since">How it was put in force; null for the one that began the scroll.</param>
internal sealed record ScrollKey(NoteKey Key, SignedRotation? Since);
