using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Merkle;

/// <summary>RFC 6962 hashing in BLAKE3.</summary>
public readonly struct Blake3MerkleHash : IMerkleHash
{
    // Most leaves are short, and faster hashed from one place than in two pieces.
    private const int MaxShortBytes = 16 * 1024;

    [ThreadStatic]
    private static byte[]? s_short;

    [ThreadStatic]
    private static Blake3Hasher? s_hasher;

    /// <inheritdoc/>
    public static Digest Empty => Blake3.Hash([]);

    /// <inheritdoc/>
    public static Digest Leaf(ReadOnlySpan<byte> data)
    {
        if (data.Length < MaxShortBytes)
        {
            // The first byte stays zero.
            var leaf = (s_short ??= new byte[MaxShortBytes]).AsSpan(0, 1 + data.Length);
            data.CopyTo(leaf[1..]);
            return Blake3.Hash(leaf);
        }
        var hasher = s_hasher ??= new Blake3Hasher();
        hasher.Reset();
        hasher.Update([0x00]);
        hasher.Update(data);
        return hasher.Finish();
    }

    /// <inheritdoc/>
    public static Digest Node(in Digest left, in Digest right)
    {
        Span<byte> bytes = stackalloc byte[1 + (2 * Digest.Bytes)];
        bytes[0] = 0x01;
        left.CopyTo(bytes[1..]);
        right.CopyTo(bytes[(1 + Digest.Bytes)..]);
        return Blake3.Hash(bytes);
    }
}
