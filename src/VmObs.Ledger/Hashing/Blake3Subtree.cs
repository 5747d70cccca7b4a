using System.Numerics;
using System.Runtime.CompilerServices;
using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>Chaining values of parts of a BLAKE3 tree, by which a part can be proven without the rest.</summary>
/// <remarks>Source: the BLAKE3 paper, section 2.1. A part's value depends on where it lies, so values of equal bytes at two places differ.</remarks>
public static class Blake3Subtree
{
    // Chunks that are hashed before their parents are: large enough that most parents come sixteen at a time.
    private const int MaxLevelChunks = 256;

    /// <summary>The chaining value of a part that is not the whole input.</summary>
    /// <param name="bytes">One or more: a whole power of two of chunks (1,024 bytes), or what the input has left of one at its end.</param>
    /// <param name="offset">Where the part begins in the input: a multiple of the power of two of chunks that it is, or ends.</param>
    /// <exception cref="ArgumentException">Not such a part.</exception>
    public static Digest ChainingValue(ReadOnlySpan<byte> bytes, long offset) => ChainingValue(bytes, offset, Blake3Mode.Hash);

    /// <summary>The chaining value of a part that is not the whole input, in a mode.</summary>
    /// <param name="bytes">One or more: a whole power of two of chunks (1,024 bytes), or what the input has left of one at its end.</param>
    /// <param name="offset">Where the part begins in the input: a multiple of the power of two of chunks that it is, or ends.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <exception cref="ArgumentException">Not such a part.</exception>
    public static Digest ChainingValue(ReadOnlySpan<byte> bytes, long offset, Blake3Mode mode)
    {
        var span = (long)BitOperations.RoundUpToPowerOf2((uint)ChunksOf(bytes.Length)) * ChunkBytes;
        if (bytes.IsEmpty || offset < 0 || offset % span != 0)
            throw new ArgumentException($"BUG: a part of {bytes.Length} bytes at {offset}, wanted at least one byte at a multiple of {span}", nameof(bytes));
        Span<byte> value = stackalloc byte[Digest.Bytes];
        Value(bytes, (ulong)(offset / ChunkBytes), mode, value);
        return new Digest(value);
    }

    /// <summary>The chaining value over two neighbours' values; the hash of the input when there is nothing else.</summary>
    internal static Digest Parent(ReadOnlySpan<byte> children, bool isRoot)
    {
        Span<byte> value = stackalloc byte[Digest.Bytes];
        HashParent(children, Blake3Mode.Hash, isRoot ? Root : 0, value);
        return new Digest(value);
    }

    /// <summary>The two values below the topmost parent of a part.</summary>
    /// <param name="bytes">More than one chunk.</param>
    /// <param name="firstChunk">Absolute index of the first chunk.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <param name="children">64 bytes.</param>
    [SkipLocalsInit]
    internal static void Children(ReadOnlySpan<byte> bytes, ulong firstChunk, Blake3Mode mode, Span<byte> children)
    {
        if (bytes.Length > MaxLevelChunks * ChunkBytes)
        {
            // The left child has the largest power of two of chunks that leaves some to the right one.
            var left = 1 << BitOperations.Log2((uint)ChunksOf(bytes.Length) - 1);
            Value(bytes[..(left * ChunkBytes)], firstChunk, mode, children);
            Value(bytes[(left * ChunkBytes)..], firstChunk + (ulong)left, mode, children[Digest.Bytes..]);
            return;
        }
        Span<byte> values = stackalloc byte[MaxLevelChunks * Digest.Bytes];
        Blake3Kernels.HashChunks(bytes, firstChunk, mode, values);
        for (var count = ChunksOf(bytes.Length); count > 2;)
            count = ParentLevel(values, count, mode);
        values[..BlockBytes].CopyTo(children);
    }

    /// <summary>One level of a tree from the one below it: the odd value at the end moves up, which is the same as splitting at powers of two.</summary>
    /// <param name="values">32 bytes a value, replaced.</param>
    /// <param name="count">How many there are, two at least.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <returns>How many there are now.</returns>
    internal static int ParentLevel(Span<byte> values, int count, Blake3Mode mode)
    {
        Blake3Kernels.HashParents(values[..(count / 2 * BlockBytes)], mode, values);
        if (count % 2 == 1)
            values.Slice((count - 1) * Digest.Bytes, Digest.Bytes).CopyTo(values[(count / 2 * Digest.Bytes)..]);
        return (count + 1) / 2;
    }

    private static void Value(ReadOnlySpan<byte> bytes, ulong firstChunk, Blake3Mode mode, Span<byte> value)
    {
        if (bytes.Length <= ChunkBytes)
        {
            HashChunk(bytes, firstChunk, mode, 0, value);
            return;
        }
        Span<byte> children = stackalloc byte[BlockBytes];
        Children(bytes, firstChunk, mode, children);
        HashParent(children, mode, 0, value);
    }

    private static int ChunksOf(int bytes) => (int)(((uint)bytes + ChunkBytes - 1) / ChunkBytes);
}
