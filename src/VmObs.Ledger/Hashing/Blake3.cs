using System.Runtime.CompilerServices;
using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>BLAKE3 of bytes at hand. Source: the BLAKE3 paper (O'Connor, Aumasson, Neves, Wilcox-O'Hearn).</summary>
public static class Blake3
{
    /// <summary>The 32-byte hash.</summary>
    public static Digest Hash(ReadOnlySpan<byte> bytes) => Hash(bytes, Blake3Mode.Hash);

    /// <summary>The 32-byte hash in a mode.</summary>
    [SkipLocalsInit]
    public static Digest Hash(ReadOnlySpan<byte> bytes, Blake3Mode mode)
    {
        Span<byte> children = stackalloc byte[BlockBytes];
        if (bytes.Length <= ChunkBytes)
            HashChunk(bytes, 0, mode, Root, children);
        else
        {
            Blake3Subtree.Children(bytes, 0, mode, children);
            HashParent(children, mode, Root, children);
        }
        return new Digest(children[..Digest.Bytes]);
    }
}
