using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VmObs.Ledger.Hashing;

/// <summary>BLAKE3's numbers, and one chunk or one parent at a time. Source: the BLAKE3 paper, sections 2.1 and 2.2.</summary>
/// <remarks>All words are little-endian in memory.</remarks>
internal static class Blake3Compression
{
    public const int BlockBytes = 64;
    public const int ChunkBytes = 1024;
    public const uint ChunkStart = 1;
    public const uint ChunkEnd = 2;
    public const uint Parent = 4;
    public const uint Root = 8;

    public static ReadOnlySpan<uint> Iv =>
        [0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19];

    /// <summary>A chunk's chaining value; the hash where it is all of the input.</summary>
    /// <param name="chunk">At most 1,024 bytes; empty only for the empty input.</param>
    /// <param name="counter">Its absolute index.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <param name="rootFlag">The root's flag, where the chunk is all of the input.</param>
    /// <param name="value">32 bytes.</param>
    [SkipLocalsInit]
    public static void HashChunk(ReadOnlySpan<byte> chunk, ulong counter, Blake3Mode mode, uint rootFlag, Span<byte> value)
    {
        Span<uint> chaining = stackalloc uint[8];
        Span<byte> end = stackalloc byte[BlockBytes];
        var last = AllButLastBlock(chunk, counter, mode, chaining, end);
        Compress(chaining, end, last.Bytes, counter, last.Flags | rootFlag);
        WriteWords(chaining, value);
    }

    /// <summary>A parent's chaining value, over its two children's; the hash where it is the topmost.</summary>
    /// <param name="children">64 bytes.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <param name="rootFlag">The root's flag, where the parent is the topmost.</param>
    /// <param name="value">32 bytes; may begin where the children do.</param>
    [SkipLocalsInit]
    public static void HashParent(ReadOnlySpan<byte> children, Blake3Mode mode, uint rootFlag, Span<byte> value)
    {
        Span<uint> chaining = stackalloc uint[8];
        mode.Words.CopyTo(chaining);
        Compress(chaining, children, BlockBytes, 0, Parent | mode.Flags | rootFlag);
        WriteWords(chaining, value);
    }

    /// <summary>All blocks of a chunk but the last, which is where the root's flag goes and what longer outputs are made of.</summary>
    /// <param name="chunk">At most 1,024 bytes.</param>
    /// <param name="counter">Its absolute index.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <param name="chaining">Eight words: what the last block's compression begins with.</param>
    /// <param name="end">64 bytes: the last block, zeros behind its end.</param>
    /// <returns>The last block's bytes and flags.</returns>
    public static (uint Bytes, uint Flags) AllButLastBlock(ReadOnlySpan<byte> chunk, ulong counter, Blake3Mode mode, Span<uint> chaining, Span<byte> end)
    {
        mode.Words.CopyTo(chaining);
        var flags = mode.Flags | ChunkStart;
        if (chunk.Length > BlockBytes)
        {
            var blocks = (chunk.Length - 1) / BlockBytes;
            Compress(chaining, chunk[..(blocks * BlockBytes)], BlockBytes, counter, flags);
            chunk = chunk[(blocks * BlockBytes)..];
            flags = mode.Flags;
        }
        end.Clear();
        chunk.CopyTo(end);
        return ((uint)chunk.Length, flags | ChunkEnd);
    }

    /// <summary>Compresses blocks, one into the next.</summary>
    /// <param name="chaining">Eight words, replaced.</param>
    /// <param name="blocks">A multiple of 64 bytes.</param>
    /// <param name="blockLength">Bytes of each block that count.</param>
    /// <param name="counter">Absolute chunk index; 0 for parents.</param>
    /// <param name="flags">Domain flags; <see cref="ChunkStart"/> is for the first block alone.</param>
    public static void Compress(Span<uint> chaining, ReadOnlySpan<byte> blocks, uint blockLength, ulong counter, uint flags)
    {
        if (Blake3RowKernel.IsSupported)
            Blake3RowKernel.Compress(chaining, blocks, blockLength, counter, flags);
        else
            Blake3ScalarCompression.Compress(chaining, blocks, blockLength, counter, flags);
    }

    public static void WriteWords(ReadOnlySpan<uint> words, Span<byte> destination)
    {
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(words).CopyTo(destination);
            return;
        }
        for (var i = 0; i < words.Length; i++)
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(destination[(i * 4)..], words[i]);
    }

    public static void ReadWords(ReadOnlySpan<byte> source, Span<uint> words)
    {
        if (BitConverter.IsLittleEndian)
        {
            source[..(words.Length * 4)].CopyTo(MemoryMarshal.AsBytes(words));
            return;
        }
        for (var i = 0; i < words.Length; i++)
            words[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(source[(i * 4)..]);
    }
}
