using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>BLAKE3 of at most 16 KiB at once: all chunks side by side, the last and short one too, then their tree level by level.</summary>
/// <remarks>
/// <see cref="Blake3Hasher"/> takes the last chunk by itself, for more may follow, and that chunk alone takes as long as sixteen side by side.
/// Leaves of the records trees are this short. Paid for by the benchmark "hash" in bench/VmObs.Bench.
/// </remarks>
internal static class Blake3Short
{
    /// <summary>The longest input.</summary>
    public const int MaxBytes = MaxChunks * ChunkBytes;

    private const int MaxChunks = 16;

    // The kernels read whole lanes, so that the input is copied to where they may.
    [ThreadStatic]
    private static byte[]? s_lanes;

    /// <summary>The hash of two pieces one after the other, of at most <see cref="MaxBytes"/> together.</summary>
    public static Digest Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var lanes = s_lanes ??= new byte[MaxBytes];
        first.CopyTo(lanes);
        second.CopyTo(lanes.AsSpan(first.Length));
        var length = first.Length + second.Length;
        Span<byte> values = stackalloc byte[MaxChunks * Digest.Bytes];
        if (length <= ChunkBytes)
        {
            CompressChunk(lanes.AsSpan(0, length), 0, Root, values);
            return new Digest(values[..Digest.Bytes]);
        }
        // The end of the last block counts as zeros.
        lanes.AsSpan(length, -length & (BlockBytes - 1)).Clear();
        Blake3Kernels.HashShort(lanes, length, values);
        // A level's odd one out goes up as it is: the left subtree of every node is the largest whole one that fits.
        var count = (length + ChunkBytes - 1) / ChunkBytes;
        for (; count > 2; count = (count + 1) / 2)
        {
            Blake3Kernels.HashParents(values[..(count / 2 * BlockBytes)], values);
            if (count % 2 == 1)
                values.Slice((count - 1) * Digest.Bytes, Digest.Bytes).CopyTo(values[(count / 2 * Digest.Bytes)..]);
        }
        CompressParent(values[..BlockBytes], Root, values);
        return new Digest(values[..Digest.Bytes]);
    }
}
