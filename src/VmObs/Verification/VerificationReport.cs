using VmObs.Storage.Embedded.Verify;

namespace VmObs.Verification;

/// <summary>What verifying a data folder found.</summary>
/// <param name="Findings">One line each, with the exact place, found and expected; empty for a good folder.</param>
/// <param name="Receipts">Receipts that verified.</param>
/// <param name="Unsigned">Receipts beyond ROOT's size: a live engine writes ROOT after the lines.</param>
/// <param name="Files">Sealed files that were read.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Open">Hours that are still open and not covered by a receipt.</param>
/// <param name="Key">The key that signs the scroll now.</param>
internal sealed record VerificationReport(
    IReadOnlyList<string> Findings, long Receipts, long Unsigned, int Files, long Bytes, IReadOnlyList<string> Open, string Key)
{
    /// <summary>How much was read.</summary>
    public VerificationDepth Depth { get; init; }

    /// <summary>Derived files that are not what the engine wrote, one line each. They change no answer, and the engine makes them again.</summary>
    public IReadOnlyList<string> Derived { get; init; } = [];

    /// <summary>Whether the tags of derived files were checked: it takes a secret, which an auditor has not.</summary>
    public bool TagsChecked { get; init; }

    /// <summary>What replaying the journal found, its findings among the others; null where that was not asked for.</summary>
    public JournalReport? Journal { get; init; }
}
