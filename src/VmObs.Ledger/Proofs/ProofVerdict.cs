namespace VmObs.Ledger.Proofs;

/// <summary>What a bundle proves.</summary>
/// <param name="Fault">Why it proves nothing: where, found and expected; null where it verifies.</param>
/// <param name="Proven">What holds if the key is the log's, one statement each; empty with a fault.</param>
/// <param name="NotProven">What the bundle says nothing about, or what only its maker says; empty with a fault.</param>
public sealed record ProofVerdict(string? Fault, IReadOnlyList<string> Proven, IReadOnlyList<string> NotProven)
{
    /// <summary>A bundle that proves nothing.</summary>
    public static ProofVerdict Of(string fault) => new(fault, [], []);
}
