using VmObs.Ledger.Checkpoints;

namespace VmObs.Ledger.Keys;

/// <summary>A rotation whose signature was checked.</summary>
/// <param name="Statement">What was signed.</param>
/// <param name="By">The key before, which signed.</param>
/// <param name="Note">The C2SP signed note.</param>
public sealed record SignedRotation(KeyRotation Statement, NoteKey By, string Note)
{
    /// <summary>When its receipt was written, by the engine's clock; null where the rotation did not come from a receipt.</summary>
    public string? SealedAt { get; init; }

    /// <summary>Reads a note and checks that a key signed it.</summary>
    /// <param name="note">From a source that is not trusted.</param>
    /// <param name="by">The key.</param>
    /// <exception cref="FormatException">Not a rotation, another scroll's, or not signed by the key; says found and expected.</exception>
    public static SignedRotation Read(string note, NoteKey by)
    {
        var signed = SignedNote.Parse(System.Text.Encoding.UTF8.GetBytes(note));
        var statement = KeyRotation.Parse(signed.Text);
        if (statement.Scroll != by.Name)
            throw new FormatException($"key rotation, line 1: found scroll {statement.Scroll}, expected {by.Name}");
        return signed.IsSignedBy(by) ? new SignedRotation(statement, by, note) : throw new FormatException($"key rotation: found no signature of {by}, expected one");
    }
}
