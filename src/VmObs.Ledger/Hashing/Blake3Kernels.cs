using System.Runtime.CompilerServices;
using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>Any number of chunks or parents through the widest kernels that this processor has.</summary>
/// <remarks>A pass takes as long for two lanes at work as for all, and not much longer than one chunk alone: idle lanes are cheap.</remarks>
internal static class Blake3Kernels
{
    // From this many on, a wide pass with idle lanes is faster than one at a time.
    private const int MinPaddedChunks = 2;
    private const int MinPaddedParents = 3;

    /// <summary>Chaining values of consecutive whole chunks that are not the root.</summary>
    /// <param name="chunks">A multiple of 1,024 bytes.</param>
    /// <param name="firstChunk">Absolute index of the first chunk.</param>
    /// <param name="values">32 bytes a chunk.</param>
    [SkipLocalsInit]
    public static void HashChunks(ReadOnlySpan<byte> chunks, ulong firstChunk, Span<byte> values)
    {
        HashWholeChunks<Blake3Vector512Kernel>(ref chunks, ref firstChunk, ref values);
        HashWholeChunks<Blake3Vector256Kernel>(ref chunks, ref firstChunk, ref values);
        if (Blake3Vector256Kernel.IsSupported && chunks.Length >= MinPaddedChunks * ChunkBytes)
        {
            Span<byte> padded = stackalloc byte[8 * ChunkBytes];
            Span<byte> all = stackalloc byte[8 * Digest.Bytes];
            chunks.CopyTo(padded);
            Blake3Vector256Kernel.HashChunks(padded, new LastChunk((chunks.Length / ChunkBytes) - 1, ChunkBytes), firstChunk, all);
            all[..(chunks.Length / ChunkBytes * Digest.Bytes)].CopyTo(values);
            return;
        }
        HashWholeChunks<Blake3ScalarKernel>(ref chunks, ref firstChunk, ref values);
    }

    /// <summary>Chaining values of all chunks of a short input, two at least.</summary>
    /// <param name="input">Sixteen chunks' room; those behind the input's end are read and count for nothing.</param>
    /// <param name="length">The input's bytes; the last block's rest is zeros.</param>
    /// <param name="values">Sixteen chunks' values, of which the input's are set.</param>
    public static void HashShort(ReadOnlySpan<byte> input, int length, Span<byte> values)
    {
        var last = (length - 1) / ChunkBytes;
        var lastBytes = length - (last * ChunkBytes);
        if (last < Blake3Vector256Kernel.Lanes && Blake3Vector256Kernel.IsSupported)
        {
            Blake3Vector256Kernel.HashChunks(input[..(Blake3Vector256Kernel.Lanes * ChunkBytes)], new LastChunk(last, lastBytes), 0, values);
            return;
        }
        if (Blake3Vector512Kernel.IsSupported)
        {
            Blake3Vector512Kernel.HashChunks(input[..(Blake3Vector512Kernel.Lanes * ChunkBytes)], new LastChunk(last, lastBytes), 0, values);
            return;
        }
        HashChunks(input[..(last * ChunkBytes)], 0, values);
        CompressChunk(input.Slice(last * ChunkBytes, lastBytes), (ulong)last, 0, values[(last * Digest.Bytes)..]);
    }

    /// <summary>Chaining values of parents that are not the root.</summary>
    /// <param name="children">A multiple of 64 bytes.</param>
    /// <param name="values">32 bytes a parent; may begin where the children do.</param>
    public static void HashParents(ReadOnlySpan<byte> children, Span<byte> values)
    {
        HashWholeParents<Blake3Vector512Kernel>(ref children, ref values);
        HashWholeParents<Blake3Vector256Kernel>(ref children, ref values);
        if (Blake3Vector256Kernel.IsSupported && children.Length >= MinPaddedParents * BlockBytes)
        {
            Span<byte> padded = stackalloc byte[8 * BlockBytes];
            Span<byte> all = stackalloc byte[8 * Digest.Bytes];
            children.CopyTo(padded);
            Blake3Vector256Kernel.HashParents(padded, all);
            all[..(children.Length / 2)].CopyTo(values);
            return;
        }
        HashWholeParents<Blake3ScalarKernel>(ref children, ref values);
    }

    private static void HashWholeChunks<TKernel>(ref ReadOnlySpan<byte> chunks, ref ulong firstChunk, ref Span<byte> values)
        where TKernel : struct, IBlake3Kernel
    {
        if (!TKernel.IsSupported)
            return;
        for (; chunks.Length >= TKernel.Lanes * ChunkBytes; chunks = chunks[(TKernel.Lanes * ChunkBytes)..])
        {
            TKernel.HashChunks(chunks[..(TKernel.Lanes * ChunkBytes)], LastChunk.Whole(TKernel.Lanes), firstChunk, values);
            firstChunk += (ulong)TKernel.Lanes;
            values = values[(TKernel.Lanes * Digest.Bytes)..];
        }
    }

    private static void HashWholeParents<TKernel>(ref ReadOnlySpan<byte> children, ref Span<byte> values)
        where TKernel : struct, IBlake3Kernel
    {
        if (!TKernel.IsSupported)
            return;
        for (; children.Length >= TKernel.Lanes * BlockBytes; children = children[(TKernel.Lanes * BlockBytes)..])
        {
            TKernel.HashParents(children[..(TKernel.Lanes * BlockBytes)], values);
            values = values[(TKernel.Lanes * Digest.Bytes)..];
        }
    }
}
