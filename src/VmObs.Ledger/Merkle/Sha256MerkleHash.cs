using System.Security.Cryptography;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Merkle;

/// <summary>RFC 6962 hashing in SHA-256: what transparency-log tools read.</summary>
public readonly struct Sha256MerkleHash : IMerkleHash
{
    /// <inheritdoc/>
    public static Digest Empty => Hash([]);

    /// <inheritdoc/>
    public static Digest Leaf(ReadOnlySpan<byte> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([0x00]);
        hash.AppendData(data);
        Span<byte> value = stackalloc byte[Digest.Bytes];
        hash.GetHashAndReset(value);
        return new Digest(value);
    }

    /// <inheritdoc/>
    public static Digest Node(in Digest left, in Digest right)
    {
        Span<byte> bytes = stackalloc byte[1 + (2 * Digest.Bytes)];
        bytes[0] = 0x01;
        left.CopyTo(bytes[1..]);
        right.CopyTo(bytes[(1 + Digest.Bytes)..]);
        return Hash(bytes);
    }

    private static Digest Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> value = stackalloc byte[Digest.Bytes];
        SHA256.HashData(bytes, value);
        return new Digest(value);
    }
}
