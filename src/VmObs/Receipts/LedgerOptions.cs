namespace VmObs.Receipts;

/// <summary>How the ledger works.</summary>
/// <param name="DataFolder">Absolute path; created when missing.</param>
internal sealed record LedgerOptions(string DataFolder)
{
    /// <summary>The scroll's name in checkpoints; fixed when the scroll is begun. Null: one with the key's hash in it.</summary>
    public string? Origin { get; init; }

    /// <summary>The signing key's 32 secret bytes where the environment has them; null: the folder's own, which is made where there is none.</summary>
    public byte[]? SigningSeed { get; init; }

    /// <summary>Span attributes that say who started a trace; the first one present wins.</summary>
    public IReadOnlyList<string> TriggeredBy { get; init; } = ["vm.user", "enduser.id", "user.id"];

    /// <summary>Span attributes that a significant trace's receipt repeats.</summary>
    public IReadOnlyList<string> BusinessContext { get; init; } = ["settlement_id", "amount"];
}
