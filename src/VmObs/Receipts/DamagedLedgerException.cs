namespace VmObs.Receipts;

/// <summary>The ledger on disk is not what was written; nothing is appended to it until an operator has looked.</summary>
internal sealed class DamagedLedgerException(string path, string finding)
    : IOException($"{path}: {finding}. The engine does not go on with a damaged ledger: run `vm-obs verify`, then restore the folder from a backup")
{
}
