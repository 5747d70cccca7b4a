using System.Globalization;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Keys;

/// <summary>What the key of a scroll says of the one that signs it from a receipt on. Format: docs/format/root.md#rotation.</summary>
/// <param name="Scroll">The scroll's name, which is that of all its keys.</param>
/// <param name="Seq">Place of the receipt that says so: ROOT over more receipts is the new key's.</param>
/// <param name="Before">BLAKE3 root over the receipts before it: the new key can vouch for no other past.</param>
/// <param name="Key">The new key.</param>
public sealed record KeyRotation(string Scroll, long Seq, Digest Before, NoteKey Key)
{
    /// <summary>The <c>operation_type</c> of the receipt that holds it.</summary>
    public const string OperationType = "key_rotation";

    // Ends the first line, so that a rotation's text is never one that ROOT's or HEAD's could be.
    private const string OriginSuffix = "/key-rotation";
    private const string RootPrefix = "blake3:";

    /// <summary>The text that the key before signs.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Scroll}{OriginSuffix}\n{Seq}\n{RootPrefix}{Before.ToHex()}\n{Key.ToVerifierKey()}\n");

    /// <summary>Reads a note's text.</summary>
    /// <exception cref="FormatException">Not such a text; says which line, found and expected.</exception>
    public static KeyRotation Parse(string text)
    {
        var lines = text.Split('\n', 6);
        if (lines.Length != 5 || lines[4].Length != 0)
            throw new FormatException("key rotation: expected four lines: origin, seq, root and verifier key");
        var scroll = lines[0].EndsWith(OriginSuffix, StringComparison.Ordinal) ? lines[0][..^OriginSuffix.Length] : "";
        if (!NoteKey.IsName(scroll))
            throw new FormatException($"key rotation, line 1: expected the scroll's name and {OriginSuffix}");
        if (!long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var seq) || seq.ToString(CultureInfo.InvariantCulture) != lines[1])
            throw new FormatException($"key rotation, line 2: found \"{lines[1]}\", expected a seq in decimal");
        if (!lines[2].StartsWith(RootPrefix, StringComparison.Ordinal) || !Digest.TryParseHex(lines[2].AsSpan(RootPrefix.Length), out var before))
            throw new FormatException("key rotation, line 3: expected blake3: and 64 lower-case hex digits");
        var key = NoteKey.Parse(lines[3]);
        return key.Name == scroll ? new KeyRotation(scroll, seq, before, key) : throw new FormatException($"key rotation, line 4: found a key of {key.Name}, expected one of {scroll}");
    }
}
