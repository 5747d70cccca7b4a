using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>Any number of chunks or parents through the kernels that this processor has, each pass through the narrowest that is wide enough.</summary>
internal static class Blake3Kernels
{
    // From this many on a pass with idle lanes is faster than passes of the next narrower kernel.
    private const int MinOfSixteen = 9;
    private const int MinOfEight = 3;
    private const int MinOfFour = 2;

    /// <summary>Chaining values of consecutive chunks that are not the root.</summary>
    /// <param name="chunks">Any number of chunks; the last one may be short, not empty.</param>
    /// <param name="firstChunk">Absolute index of the first chunk.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <param name="values">32 bytes a chunk.</param>
    public static void HashChunks(ReadOnlySpan<byte> chunks, ulong firstChunk, Blake3Mode mode, Span<byte> values)
    {
        HashChunks<Blake3Vector512Kernel>(ref chunks, ref firstChunk, mode, ref values, MinOfSixteen);
        HashChunks<Blake3Vector256Kernel>(ref chunks, ref firstChunk, mode, ref values, MinOfEight);
        HashChunks<Blake3RowKernel>(ref chunks, ref firstChunk, mode, ref values, 1);
        HashChunks<Blake3Vector128Kernel>(ref chunks, ref firstChunk, mode, ref values, MinOfFour);
        HashChunks<Blake3ScalarKernel>(ref chunks, ref firstChunk, mode, ref values, 1);
    }

    /// <summary>Chaining values of parents that are not the root.</summary>
    /// <param name="children">A multiple of 64 bytes.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <param name="values">32 bytes a parent; may begin where the children do, or 32 bytes behind.</param>
    public static void HashParents(ReadOnlySpan<byte> children, Blake3Mode mode, Span<byte> values)
    {
        HashParents<Blake3Vector512Kernel>(ref children, mode, ref values, MinOfSixteen);
        HashParents<Blake3Vector256Kernel>(ref children, mode, ref values, MinOfEight);
        HashParents<Blake3RowKernel>(ref children, mode, ref values, 1);
        HashParents<Blake3Vector128Kernel>(ref children, mode, ref values, MinOfFour);
        HashParents<Blake3ScalarKernel>(ref children, mode, ref values, 1);
    }

    private static void HashChunks<TKernel>(ref ReadOnlySpan<byte> chunks, ref ulong firstChunk, Blake3Mode mode, ref Span<byte> values, int minimum)
        where TKernel : struct, IBlake3Kernel
    {
        if (!TKernel.IsSupported)
            return;
        while (chunks.Length > (minimum - 1) * ChunkBytes)
        {
            var count = Math.Min(TKernel.Lanes, (chunks.Length + ChunkBytes - 1) / ChunkBytes);
            var bytes = Math.Min(chunks.Length, count * ChunkBytes);
            TKernel.HashChunks(chunks[..bytes], firstChunk, mode, values);
            chunks = chunks[bytes..];
            values = values[(count * Digest.Bytes)..];
            firstChunk += (ulong)count;
        }
    }

    private static void HashParents<TKernel>(ref ReadOnlySpan<byte> children, Blake3Mode mode, ref Span<byte> values, int minimum)
        where TKernel : struct, IBlake3Kernel
    {
        if (!TKernel.IsSupported)
            return;
        while (children.Length >= minimum * BlockBytes)
        {
            var count = Math.Min(TKernel.Lanes, children.Length / BlockBytes);
            TKernel.HashParents(children[..(count * BlockBytes)], mode, values);
            children = children[(count * BlockBytes)..];
            values = values[(count * Digest.Bytes)..];
        }
    }
}
