using VmObs.Ledger.Checkpoints;

namespace VmObs.Receipts;

/// <summary>ROOT at a moment.</summary>
/// <param name="Note">Its bytes.</param>
/// <param name="Checkpoint">What they say.</param>
internal sealed record SignedCheckpoint(byte[] Note, Checkpoint Checkpoint);
