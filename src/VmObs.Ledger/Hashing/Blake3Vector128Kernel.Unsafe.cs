using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>Four chunks or parents side by side, with SSE4.1: what native code for any processor has, and old processors.</summary>
/// <remarks>Lane i of every vector belongs to chunk or parent i, so the compression is the scalar one with vectors for words; the blocks are
/// transposed on their way in. Paid for by the benchmark "hash" in bench/VmObs.Bench.</remarks>
internal readonly unsafe struct Blake3Vector128Kernel : IBlake3Kernel
{
    private const int VectorBytes = 16;

    public static bool IsSupported => Sse41.IsSupported;

    public static int Lanes => 4;

    [SkipLocalsInit]
    public static void HashChunks(ReadOnlySpan<byte> chunks, ulong firstChunk, Blake3Mode mode, Span<byte> values)
    {
        Blake3Pass.Check(chunks.Length, ChunkBytes, Lanes, values.Length);
        var lanes = stackalloc byte*[Lanes];
        var copy = stackalloc byte[ChunkBytes];
        var first = Vector128.Create((uint)firstChunk);
        var low = first + Vector128<uint>.Indices;
        // A lane whose low word wrapped around is all ones in the comparison: minus one, negated.
        var high = Vector128.Create((uint)(firstChunk >> 32)) - Vector128.LessThan(low, first);
        fixed (byte* input = chunks)
        fixed (byte* output = values)
            Compress(Blake3Pass.OfChunks(input, chunks.Length, mode, lanes, Lanes, copy), mode, low, high, output);
    }

    [SkipLocalsInit]
    public static void HashParents(ReadOnlySpan<byte> children, Blake3Mode mode, Span<byte> values)
    {
        Blake3Pass.Check(children.Length, BlockBytes, Lanes, values.Length);
        var lanes = stackalloc byte*[Lanes];
        fixed (byte* input = children)
        fixed (byte* output = values)
            Compress(Blake3Pass.OfParents(input, children.Length / BlockBytes, mode, lanes, Lanes), mode, Vector128<uint>.Zero, Vector128<uint>.Zero, output);
    }

    [SkipLocalsInit]
    private static void Compress(in Blake3Pass pass, Blake3Mode mode, Vector128<uint> low, Vector128<uint> high, byte* output)
    {
        // Aligned, for a load that straddles two cache lines costs two.
        var room = stackalloc byte[38 * VectorBytes];
        var words = (Vector128<uint>*)(((nuint)room + VectorBytes - 1) & ~(nuint)(VectorBytes - 1));
        var chaining = words + 16;
        var row3 = words + 24;
        var atEnd = words + 29;
        for (var i = 0; i < 8; i++)
            chaining[i] = Vector128.Create(mode.Words[i]);
        (row3[0], row3[1], row3[2], row3[3]) = (low, high, Vector128.Create((uint)BlockBytes), Vector128.Create(pass.Flags));
        if (pass.EndBlock < 0)
            CompressBlocks(pass, 0, pass.Blocks, words);
        else
        {
            CompressBlocks(pass, 0, pass.EndBlock, words);
            // The short chunk ends here. What comes after it in its lane is for nothing.
            var lane = Vector128.Equals(Vector128<uint>.Indices, Vector128.Create((uint)pass.Count - 1));
            row3[2] = Vector128.ConditionalSelect(lane, Vector128.Create((uint)pass.EndBytes), row3[2]);
            row3[3] |= lane & Vector128.Create(pass.LastFlag);
            CompressBlocks(pass, pass.EndBlock, pass.EndBlock + 1, words);
            for (var i = 0; i < 8; i++)
                atEnd[i] = chaining[i];
            (row3[2], row3[3]) = (Vector128.Create((uint)BlockBytes), Vector128.Create(pass.Flags));
            if (pass.Count > 1)
                CompressBlocks(pass, pass.EndBlock + 1, pass.Blocks, words);
            for (var i = 0; i < 8; i++)
                chaining[i] = Vector128.ConditionalSelect(lane, atEnd[i], chaining[i]);
        }
        Store(chaining, words, pass.Count, output);
    }

    /// <summary>The scalar compression with vectors for words; a line is half a round: all columns, then all diagonals, with the message's words
    /// in the order of the schedule.</summary>
    /// <param name="pass">Where the blocks lie, and their flags.</param>
    /// <param name="first">The first block.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="words">Room for a block's words; then eight of chaining value, replaced; the last row before the first block; word 11.</param>
    private static void CompressBlocks(in Blake3Pass pass, int first, int end, Vector128<uint>* words)
    {
        var chaining = words + 16;
        var row3 = words + 24;
        // Of sixteen registers fifteen hold the state and one what is computed: this word stays in memory, as the message's words do.
        var v11 = words + 28;
        Vector128<uint> v0 = chaining[0], v1 = chaining[1], v2 = chaining[2], v3 = chaining[3];
        Vector128<uint> v4 = chaining[4], v5 = chaining[5], v6 = chaining[6], v7 = chaining[7];
        for (var block = first; block < end; block++)
        {
            Load(pass.Lanes, block * BlockBytes, words);
            Vector128<uint> v8 = Vector128.Create(Iv[0]), v9 = Vector128.Create(Iv[1]), v10 = Vector128.Create(Iv[2]);
            *v11 = Vector128.Create(Iv[3]);
            Vector128<uint> v12 = row3[0], v13 = row3[1], v14 = row3[2], v15 = row3[3] | Vector128.Create(pass.FlagsOf(block));
            Mix(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, ref v8, ref v9, ref v10, ref *v11, ref v12, ref v13, ref v14, ref v15, words, 0, 1, 2, 3, 4, 5, 6, 7);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v5, ref v6, ref v7, ref v4, ref v10, ref *v11, ref v8, ref v9, ref v15, ref v12, ref v13, ref v14, words, 8, 9, 10, 11, 12, 13, 14, 15);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, ref v8, ref v9, ref v10, ref *v11, ref v12, ref v13, ref v14, ref v15, words, 2, 6, 3, 10, 7, 0, 4, 13);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v5, ref v6, ref v7, ref v4, ref v10, ref *v11, ref v8, ref v9, ref v15, ref v12, ref v13, ref v14, words, 1, 11, 12, 5, 9, 14, 15, 8);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, ref v8, ref v9, ref v10, ref *v11, ref v12, ref v13, ref v14, ref v15, words, 3, 4, 10, 12, 13, 2, 7, 14);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v5, ref v6, ref v7, ref v4, ref v10, ref *v11, ref v8, ref v9, ref v15, ref v12, ref v13, ref v14, words, 6, 5, 9, 0, 11, 15, 8, 1);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, ref v8, ref v9, ref v10, ref *v11, ref v12, ref v13, ref v14, ref v15, words, 10, 7, 12, 9, 14, 3, 13, 15);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v5, ref v6, ref v7, ref v4, ref v10, ref *v11, ref v8, ref v9, ref v15, ref v12, ref v13, ref v14, words, 4, 0, 11, 2, 5, 8, 1, 6);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, ref v8, ref v9, ref v10, ref *v11, ref v12, ref v13, ref v14, ref v15, words, 12, 13, 9, 11, 15, 10, 14, 8);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v5, ref v6, ref v7, ref v4, ref v10, ref *v11, ref v8, ref v9, ref v15, ref v12, ref v13, ref v14, words, 7, 2, 5, 3, 0, 1, 6, 4);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, ref v8, ref v9, ref v10, ref *v11, ref v12, ref v13, ref v14, ref v15, words, 9, 14, 11, 5, 8, 12, 15, 1);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v5, ref v6, ref v7, ref v4, ref v10, ref *v11, ref v8, ref v9, ref v15, ref v12, ref v13, ref v14, words, 13, 3, 0, 10, 2, 6, 4, 7);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7, ref v8, ref v9, ref v10, ref *v11, ref v12, ref v13, ref v14, ref v15, words, 11, 15, 5, 0, 1, 9, 8, 6);
            Mix(ref v0, ref v1, ref v2, ref v3, ref v5, ref v6, ref v7, ref v4, ref v10, ref *v11, ref v8, ref v9, ref v15, ref v12, ref v13, ref v14, words, 14, 10, 2, 12, 3, 4, 7, 13);
            (v0, v1, v2, v3) = (v0 ^ v8, v1 ^ v9, v2 ^ v10, v3 ^ *v11);
            (v4, v5, v6, v7) = (v4 ^ v12, v5 ^ v13, v6 ^ v14, v7 ^ v15);
        }
        (chaining[0], chaining[1], chaining[2], chaining[3]) = (v0, v1, v2, v3);
        (chaining[4], chaining[5], chaining[6], chaining[7]) = (v4, v5, v6, v7);
    }

    // Four mixings step by step, not one after the other: a processor looks ahead only so far for what it can do at once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(
        ref Vector128<uint> a0, ref Vector128<uint> a1, ref Vector128<uint> a2, ref Vector128<uint> a3,
        ref Vector128<uint> b0, ref Vector128<uint> b1, ref Vector128<uint> b2, ref Vector128<uint> b3,
        ref Vector128<uint> c0, ref Vector128<uint> c1, ref Vector128<uint> c2, ref Vector128<uint> c3,
        ref Vector128<uint> d0, ref Vector128<uint> d1, ref Vector128<uint> d2, ref Vector128<uint> d3,
        Vector128<uint>* words, int x0, int y0, int x1, int y1, int x2, int y2, int x3, int y3)
    {
        Vector128<uint> sum;
        a0 = a0 + words[x0] + b0;
        a1 = a1 + words[x1] + b1;
        a2 = a2 + words[x2] + b2;
        a3 = a3 + words[x3] + b3;
        d0 = Rotate16(d0 ^ a0);
        d1 = Rotate16(d1 ^ a1);
        d2 = Rotate16(d2 ^ a2);
        d3 = Rotate16(d3 ^ a3);
        sum = c0 + d0;
        c0 = sum;
        b0 ^= sum;
        sum = c1 + d1;
        c1 = sum;
        b1 ^= sum;
        sum = c2 + d2;
        c2 = sum;
        b2 ^= sum;
        sum = c3 + d3;
        c3 = sum;
        b3 ^= sum;
        b0 = Rotate(b0, 12);
        b1 = Rotate(b1, 12);
        b2 = Rotate(b2, 12);
        b3 = Rotate(b3, 12);
        a0 = a0 + words[y0] + b0;
        a1 = a1 + words[y1] + b1;
        a2 = a2 + words[y2] + b2;
        a3 = a3 + words[y3] + b3;
        d0 = Rotate8(d0 ^ a0);
        d1 = Rotate8(d1 ^ a1);
        d2 = Rotate8(d2 ^ a2);
        d3 = Rotate8(d3 ^ a3);
        sum = c0 + d0;
        c0 = sum;
        b0 ^= sum;
        sum = c1 + d1;
        c1 = sum;
        b1 ^= sum;
        sum = c2 + d2;
        c2 = sum;
        b2 ^= sum;
        sum = c3 + d3;
        c3 = sum;
        b3 ^= sum;
        b0 = Rotate(b0, 7);
        b1 = Rotate(b1, 7);
        b2 = Rotate(b2, 7);
        b3 = Rotate(b3, 7);
    }

    // Whole bytes rotate by a shuffle in one instruction; other distances take three.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate16(Vector128<uint> value) =>
        Ssse3.Shuffle(value.AsByte(), Vector128.Create((byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate8(Vector128<uint> value) =>
        Ssse3.Shuffle(value.AsByte(), Vector128.Create((byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate(Vector128<uint> value, [ConstantExpected] byte bits) => (value >>> bits) | (value << (32 - bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(byte** lanes, int offset, Vector128<uint>* words)
    {
        for (var quarter = 0; quarter < 4; quarter++)
            Transpose(lanes, offset + (quarter * VectorBytes), words + (quarter * 4));
    }

    private static void Store(Vector128<uint>* chaining, Vector128<uint>* values, int count, byte* output)
    {
        // The words are the rows here: four of them at a time give half of each value.
        var rows = stackalloc byte*[4];
        for (var half = 0; half < 2; half++)
        {
            for (var i = 0; i < 4; i++)
                rows[i] = (byte*)(chaining + (half * 4) + i);
            Transpose(rows, 0, values);
            for (var lane = 0; lane < count; lane++)
                values[lane].Store((uint*)(output + (lane * Digest.Bytes) + (half * VectorBytes)));
        }
    }

    /// <summary>Four words of each of four rows become four vectors, one a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(byte** rows, int offset, Vector128<uint>* words)
    {
        var r0 = Vector128.Load((uint*)(rows[0] + offset));
        var r1 = Vector128.Load((uint*)(rows[1] + offset));
        var r2 = Vector128.Load((uint*)(rows[2] + offset));
        var r3 = Vector128.Load((uint*)(rows[3] + offset));
        var low01 = Sse2.UnpackLow(r0, r1).AsUInt64();
        var high01 = Sse2.UnpackHigh(r0, r1).AsUInt64();
        var low23 = Sse2.UnpackLow(r2, r3).AsUInt64();
        var high23 = Sse2.UnpackHigh(r2, r3).AsUInt64();
        words[0] = Sse2.UnpackLow(low01, low23).AsUInt32();
        words[1] = Sse2.UnpackHigh(low01, low23).AsUInt32();
        words[2] = Sse2.UnpackLow(high01, high23).AsUInt32();
        words[3] = Sse2.UnpackHigh(high01, high23).AsUInt32();
    }
}
