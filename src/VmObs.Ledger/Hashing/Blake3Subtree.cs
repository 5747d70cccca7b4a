using System.Runtime.CompilerServices;
using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>Chaining values of parts of a BLAKE3 tree, by which a part can be proven without the rest.</summary>
/// <remarks>Source: the BLAKE3 paper, section 2.1. A part's value depends on where it lies, so values of equal bytes at two places differ.</remarks>
public static class Blake3Subtree
{
    /// <summary>The longest part that is hashed at once, bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>The chaining value of a part that is not the whole input.</summary>
    /// <param name="bytes">1 to <see cref="MaxBytes"/> bytes: a whole power of two of chunks, or what the input has left of one at its end.</param>
    /// <param name="offset">Where the part begins in the input: a multiple of the power of two of chunks that it is, or ends.</param>
    /// <exception cref="ArgumentException">Not such a part.</exception>
    [SkipLocalsInit]
    public static Digest ChainingValue(ReadOnlySpan<byte> bytes, long offset)
    {
        if (bytes.Length is 0 or > MaxBytes || offset < 0 || offset % ChunkBytes != 0)
            throw new ArgumentException($"BUG: a part of {bytes.Length} bytes at {offset}, wanted 1 to {MaxBytes} at a multiple of {ChunkBytes}", nameof(bytes));
        Span<byte> values = stackalloc byte[MaxBytes / ChunkBytes * Digest.Bytes];
        var whole = bytes.Length / ChunkBytes;
        var firstChunk = (ulong)(offset / ChunkBytes);
        Blake3Kernels.HashChunks(bytes[..(whole * ChunkBytes)], firstChunk, values);
        var count = whole;
        if (bytes.Length % ChunkBytes != 0)
        {
            Chunk(bytes[(whole * ChunkBytes)..], firstChunk + (ulong)whole, values[(whole * Digest.Bytes)..]);
            count++;
        }
        // Level by level; the odd one at the end moves up, which is the same as splitting at powers of two.
        for (; count > 1; count = (count + 1) / 2)
        {
            Blake3Kernels.HashParents(values[..(count / 2 * 2 * Digest.Bytes)], values);
            if (count % 2 == 1)
                values.Slice((count - 1) * Digest.Bytes, Digest.Bytes).CopyTo(values[(count / 2 * Digest.Bytes)..]);
        }
        return new Digest(values[..Digest.Bytes]);
    }

    /// <summary>The chaining value over two neighbours' values; the hash of the input when there is nothing else.</summary>
    internal static Digest Parent(ReadOnlySpan<byte> children, bool isRoot)
    {
        Span<byte> value = stackalloc byte[Digest.Bytes];
        CompressParent(children, isRoot ? Root : 0, value);
        return new Digest(value);
    }

    // Shorter than a whole chunk, so not for the kernels.
    private static void Chunk(ReadOnlySpan<byte> bytes, ulong index, Span<byte> value)
    {
        Span<uint> chaining = stackalloc uint[8];
        Span<byte> block = stackalloc byte[BlockBytes];
        Iv.CopyTo(chaining);
        for (var at = 0; at < bytes.Length; at += BlockBytes)
        {
            var length = Math.Min(BlockBytes, bytes.Length - at);
            block.Clear();
            bytes.Slice(at, length).CopyTo(block);
            Compress(chaining, block, (uint)length, index, (at == 0 ? ChunkStart : 0) | (at + length == bytes.Length ? ChunkEnd : 0));
        }
        WriteWords(chaining, value);
    }
}
