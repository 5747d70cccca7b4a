using VmObs.Ledger.Checkpoints;

namespace VmObs.Receipts;

/// <summary>ROOT as a start finds it: whose signature it must have shows when the lines that it covers have been read.</summary>
/// <param name="Note">With its signatures.</param>
/// <param name="Checkpoint">What it says.</param>
internal sealed record UncheckedRoot(SignedNote Note, Checkpoint Checkpoint);
