using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;
using PublicKey = NSec.Cryptography.PublicKey;

namespace VmObs.Ledger.Checkpoints;

/// <summary>An Ed25519 key that signs notes: its name, its public half, and its id. Source: C2SP signed-note.</summary>
public sealed class NoteKey : IEquatable<NoteKey>
{
    private const byte Ed25519Type = 0x01;

    private readonly PublicKey _key;

    private NoteKey(string name, byte[] publicKey)
    {
        Name = name;
        Bytes = publicKey;
        _key = PublicKey.Import(SignatureAlgorithm.Ed25519, publicKey, KeyBlobFormat.RawPublicKey);
        Id = IdOf(name, publicKey);
    }

    /// <summary>The key's name, which is the log's origin.</summary>
    public string Name { get; }

    /// <summary>The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key), big-endian.</summary>
    public uint Id { get; }

    /// <summary>The public key's 32 bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The verifier key: <c>name+hex id+base64(type ‖ public key)</c>.</summary>
    public string ToVerifierKey() => $"{Name}+{Id:x8}+{Convert.ToBase64String([Ed25519Type, .. Bytes.Span])}";

    /// <summary>Takes a public key.</summary>
    /// <exception cref="FormatException">The name has a space, plus or control character, or is empty.</exception>
    public static NoteKey Create(string name, ReadOnlySpan<byte> publicKey)
    {
        if (!IsName(name))
            throw new FormatException($"key name \"{name}\": expected one or more characters without spaces, '+' and control characters");
        return new NoteKey(name, publicKey.ToArray());
    }

    /// <summary>Reads a verifier key; one newline may end it, as in a file.</summary>
    /// <exception cref="FormatException">Not one, or its id is not that of its key.</exception>
    public static NoteKey Parse(string verifierKey)
    {
        var text = verifierKey.EndsWith('\n') ? verifierKey[..^1] : verifierKey;
        var parts = text.Split('+', 3);
        Span<byte> key = stackalloc byte[33];
        if (parts.Length != 3 || !IsName(parts[0])
            || !uint.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            || !Convert.TryFromBase64String(parts[2], key, out var length) || length != 33 || key[0] != Ed25519Type)
            throw new FormatException("verifier key: expected NAME+HEX8+BASE64 of an Ed25519 key, as `vm-obs root` prints it");
        var parsed = new NoteKey(parts[0], key[1..].ToArray());
        if (parsed.Id != id)
            throw new FormatException($"verifier key: its id is {parts[1]}, its key's is {parsed.Id:x8}");
        // One key, one spelling: no upper-case hex, no white space in the base64.
        return parsed.ToVerifierKey() == text ? parsed : throw new FormatException($"verifier key: expected the spelling {parsed.ToVerifierKey()}");
    }

    /// <summary>Whether it is the same name and public key.</summary>
    public bool Equals(NoteKey? other) => other is not null && Name == other.Name && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NoteKey);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)Id);

    /// <summary>Name and id, which tell it from the scroll's other keys.</summary>
    public override string ToString() => $"{Name}+{Id:x8}";

    /// <summary>Whether the signature is this key's over the text.</summary>
    public bool Verify(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature) => SignatureAlgorithm.Ed25519.Verify(_key, text, signature);

    internal static bool IsName(string name) => name.Length > 0 && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+');

    private static uint IdOf(string name, ReadOnlySpan<byte> publicKey)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(name), (byte)'\n', Ed25519Type, .. publicKey];
        return BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(bytes));
    }
}
