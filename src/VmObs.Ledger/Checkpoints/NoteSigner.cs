using System.Buffers.Binary;
using System.Text;
using NSec.Cryptography;

namespace VmObs.Ledger.Checkpoints;

/// <summary>Signs notes with an Ed25519 key; whoever creates it disposes it.</summary>
public sealed class NoteSigner : IDisposable
{
    /// <summary>Bytes of the secret seed.</summary>
    public const int SeedBytes = 32;

    private readonly Key _key;

    /// <summary>Takes the secret seed.</summary>
    /// <param name="name">The key's name, which is the log's origin.</param>
    /// <param name="seed">32 secret bytes.</param>
    /// <exception cref="FormatException">The name is none, or the seed has another length.</exception>
    public NoteSigner(string name, ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedBytes)
            throw new FormatException($"signing key: expected {SeedBytes} bytes, found {seed.Length}");
        _key = Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey);
        PublicKey = NoteKey.Create(name, _key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
    }

    /// <summary>The public half.</summary>
    public NoteKey PublicKey { get; }

    /// <summary>The public key of a seed, before it has a name.</summary>
    public static byte[] PublicKeyOf(ReadOnlySpan<byte> seed)
    {
        using var key = Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey);
        return key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
    }

    /// <summary>The note: the text, an empty line, one signature line.</summary>
    /// <param name="text">Ends with a newline; has no empty line at its end.</param>
    public byte[] Sign(string text) => Encoding.UTF8.GetBytes($"{text}\n{SignatureLine(text)}");

    /// <summary>The note with two signature lines, the other signer's below.</summary>
    /// <param name="text">As for <see cref="Sign"/>.</param>
    /// <param name="other">Who signs as well.</param>
    public byte[] SignWith(NoteSigner other, string text) => Encoding.UTF8.GetBytes($"{text}\n{SignatureLine(text)}{other.SignatureLine(text)}");

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private string SignatureLine(string text)
    {
        var signature = new byte[4 + 64];
        BinaryPrimitives.WriteUInt32BigEndian(signature, PublicKey.Id);
        SignatureAlgorithm.Ed25519.Sign(_key, Encoding.UTF8.GetBytes(text), signature.AsSpan(4));
        return $"— {PublicKey.Name} {Convert.ToBase64String(signature)}\n";
    }
}
