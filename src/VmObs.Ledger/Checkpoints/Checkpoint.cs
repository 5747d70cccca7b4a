using System.Globalization;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Checkpoints;

/// <summary>The state of a scroll at a size. Source: C2SP tlog-checkpoint, with one extension line for the BLAKE3 root.</summary>
/// <param name="Origin">The log's name.</param>
/// <param name="Size">Number of receipts.</param>
/// <param name="Sha256Root">RFC 6962 root in SHA-256.</param>
/// <param name="Blake3Root">RFC 6962 root in BLAKE3, which is the last receipt's root_hash.</param>
public sealed record Checkpoint(string Origin, long Size, Digest Sha256Root, Digest Blake3Root)
{
    private const string Blake3Prefix = "blake3:";

    /// <summary>The text that is signed.</summary>
    public string ToText() => $"{Origin}\n{Size}\n{Convert.ToBase64String(Sha256Root.Span)}\n{Blake3Prefix}{Blake3Root.ToHex()}\n";

    /// <summary>Reads a note's text.</summary>
    /// <exception cref="FormatException">Not such a checkpoint; says which line, found and expected.</exception>
    public static Checkpoint Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length != 5 || lines[4].Length != 0)
            throw new FormatException($"checkpoint: found {lines.Length - 1} lines, expected origin, size, SHA-256 root and blake3 root");
        if (!NoteKey.IsName(lines[0]))
            throw new FormatException("checkpoint, line 1: expected an origin");
        if (!long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size.ToString(CultureInfo.InvariantCulture) != lines[1])
            throw new FormatException($"checkpoint, line 2: found \"{lines[1]}\", expected a size in decimal");
        var sha256 = new byte[64];
        if (!Convert.TryFromBase64String(lines[2], sha256, out var length) || length != Digest.Bytes || Convert.ToBase64String(sha256, 0, length) != lines[2])
            throw new FormatException("checkpoint, line 3: expected 32 bytes in base64");
        return lines[3].StartsWith(Blake3Prefix, StringComparison.Ordinal) && Digest.TryParseHex(lines[3].AsSpan(Blake3Prefix.Length), out var blake3)
            ? new Checkpoint(lines[0], size, new Digest(sha256.AsSpan(0, length)), blake3)
            : throw new FormatException("checkpoint, line 4: expected blake3: and 64 lower-case hex digits");
    }
}
