using System.Buffers.Binary;
using System.Text;

namespace VmObs.Ledger.Checkpoints;

/// <summary>A text with signatures below it. Source: C2SP signed-note.</summary>
/// <param name="Text">The signed text, with its last newline.</param>
/// <param name="Signatures">All signatures, of keys known or not.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>A note is at most this long.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int MaxSignatures = 100;

    /// <summary>Reads a note.</summary>
    /// <exception cref="FormatException">Not a note; says which line, found and expected.</exception>
    public static SignedNote Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
            throw new FormatException($"note: found {bytes.Length} bytes, expected at most {MaxBytes}");
        string note;
        try
        {
            note = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new FormatException("note: expected UTF-8");
        }
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || split + 2 == note.Length || !note.EndsWith('\n') || note.Any(c => char.IsControl(c) && c != '\n'))
            throw new FormatException("note: expected a text, an empty line and signature lines, each ended by a newline, without other control characters");
        var lines = note[(split + 2)..^1].Split('\n');
        if (lines.Length > MaxSignatures)
            throw new FormatException($"note: found {lines.Length} signatures, expected at most {MaxSignatures}");
        return new SignedNote(note[..(split + 1)], [.. lines.Select(NoteSignature.Parse)]);
    }

    /// <summary>Whether a key has signed; a signature under the key's name and id that does not verify is an error, not an absence.</summary>
    /// <exception cref="FormatException">The key's signature is wrong.</exception>
    public bool IsSignedBy(NoteKey key)
    {
        var mine = Signatures.Where(s => s.Name == key.Name && s.KeyId == key.Id).ToList();
        if (mine.Exists(s => !key.Verify(Encoding.UTF8.GetBytes(Text), s.Bytes.Span)))
            throw new FormatException($"signature of {key.Name}+{key.Id:x8}: does not verify; the text or the signature was changed");
        return mine.Count > 0;
    }
}

/// <summary>One signature line of a note.</summary>
/// <param name="Name">The key's name.</param>
/// <param name="KeyId">The key's id.</param>
/// <param name="Bytes">The signature.</param>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Reads <c>— name base64</c>.</summary>
    /// <exception cref="FormatException">Not such a line.</exception>
    public static NoteSignature Parse(string line)
    {
        var parts = line.Split(' ');
        if (parts.Length == 3 && parts[0] == "—" && NoteKey.IsName(parts[1]))
        {
            var bytes = new byte[parts[2].Length];
            // Only the canonical spelling: no white space, no slack bits.
            if (Convert.TryFromBase64String(parts[2], bytes, out var length) && length > 4 && Convert.ToBase64String(bytes, 0, length) == parts[2])
                return new NoteSignature(parts[1], BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(4, length - 4));
        }
        throw new FormatException("note: a signature line is not \"— name base64\"");
    }
}
