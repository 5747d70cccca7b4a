using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>BLAKE3 under a key: a pseudorandom function that nobody without the key can foretell. Source: the BLAKE3 paper, section 2.4.</summary>
public static class Blake3Keyed
{
    /// <summary>Length of a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>The longest message: one chunk.</summary>
    public const int MaxBytes = ChunkBytes;

    private const uint KeyedHash = 16;

    /// <summary>The 32-byte keyed hash of a short message.</summary>
    /// <param name="key">Exactly <see cref="KeyBytes"/>.</param>
    /// <param name="message">At most <see cref="MaxBytes"/>.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static Digest Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        if (key.Length != KeyBytes)
            throw new ArgumentException($"a key has {KeyBytes} bytes, got {key.Length}", nameof(key));
        if (message.Length > MaxBytes)
            throw new ArgumentException($"a message has at most {MaxBytes} bytes, got {message.Length}", nameof(message));
        Span<uint> chaining = stackalloc uint[8];
        ReadWords(key, chaining);
        var flags = ChunkStart | KeyedHash;
        for (; message.Length > BlockBytes; message = message[BlockBytes..])
        {
            Compress(chaining, message[..BlockBytes], BlockBytes, 0, flags);
            flags = KeyedHash;
        }
        Span<byte> end = stackalloc byte[BlockBytes];
        end.Clear();
        message.CopyTo(end);
        Compress(chaining, end, (uint)message.Length, 0, flags | ChunkEnd | Root);
        Span<byte> value = stackalloc byte[Digest.Bytes];
        WriteWords(chaining, value);
        return new Digest(value);
    }
}
