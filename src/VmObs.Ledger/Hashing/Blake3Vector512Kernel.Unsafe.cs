using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>Sixteen chunks or parents side by side, with AVX-512.</summary>
/// <remarks>Lane i of every vector belongs to chunk or parent i, so the compression is the scalar one with vectors for words; the blocks are
/// transposed on their way in. Paid for by the benchmark "hash" in bench/VmObs.Bench.</remarks>
internal readonly unsafe struct Blake3Vector512Kernel : IBlake3Kernel
{
    private const int VectorBytes = 64;

    // Ahead of time and for processors without it, the compiler answers the first question at run time and writes halves for the operators.
    public static bool IsSupported => Avx512F.IsSupported && (RuntimeFeature.IsDynamicCodeCompiled || Vector512.IsHardwareAccelerated);

    /// <summary>Whether it runs at all: with AVX2 it does, by halves and slower than eight lanes do, so that it can be compared anywhere.</summary>
    public static bool CanRun => Avx2.IsSupported;

    public static int Lanes => 16;

    [SkipLocalsInit]
    public static void HashChunks(ReadOnlySpan<byte> chunks, ulong firstChunk, Blake3Mode mode, Span<byte> values)
    {
        Blake3Pass.Check(chunks.Length, ChunkBytes, Lanes, values.Length);
        var lanes = stackalloc byte*[Lanes];
        var copy = stackalloc byte[ChunkBytes];
        var first = Vector512.Create((uint)firstChunk);
        var low = first + Vector512<uint>.Indices;
        // A lane whose low word wrapped around is all ones in the comparison: minus one, negated.
        var high = Vector512.Create((uint)(firstChunk >> 32)) - Vector512.LessThan(low, first);
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
            Compress(Blake3Pass.OfParents(input, children.Length / BlockBytes, mode, lanes, Lanes), mode, Vector512<uint>.Zero, Vector512<uint>.Zero, output);
    }

    [SkipLocalsInit]
    private static void Compress(in Blake3Pass pass, Blake3Mode mode, Vector512<uint> low, Vector512<uint> high, byte* output)
    {
        // Aligned, for a load that straddles two cache lines costs two.
        var room = stackalloc byte[38 * VectorBytes];
        var words = (Vector512<uint>*)(((nuint)room + VectorBytes - 1) & ~(nuint)(VectorBytes - 1));
        var chaining = words + 16;
        var row3 = words + 24;
        var atEnd = words + 29;
        for (var i = 0; i < 8; i++)
            chaining[i] = Vector512.Create(mode.Words[i]);
        (row3[0], row3[1], row3[2], row3[3]) = (low, high, Vector512.Create((uint)BlockBytes), Vector512.Create(pass.Flags));
        if (pass.EndBlock < 0)
            CompressBlocks(pass, 0, pass.Blocks, words);
        else
        {
            CompressBlocks(pass, 0, pass.EndBlock, words);
            // The short chunk ends here. What comes after it in its lane is for nothing.
            var lane = Vector512.Equals(Vector512<uint>.Indices, Vector512.Create((uint)pass.Count - 1));
            row3[2] = Vector512.ConditionalSelect(lane, Vector512.Create((uint)pass.EndBytes), row3[2]);
            row3[3] |= lane & Vector512.Create(pass.LastFlag);
            CompressBlocks(pass, pass.EndBlock, pass.EndBlock + 1, words);
            for (var i = 0; i < 8; i++)
                atEnd[i] = chaining[i];
            (row3[2], row3[3]) = (Vector512.Create((uint)BlockBytes), Vector512.Create(pass.Flags));
            if (pass.Count > 1)
                CompressBlocks(pass, pass.EndBlock + 1, pass.Blocks, words);
            for (var i = 0; i < 8; i++)
                chaining[i] = Vector512.ConditionalSelect(lane, atEnd[i], chaining[i]);
        }
        Store(chaining, words, pass.Count, output);
    }

    /// <summary>The scalar compression with vectors for words; a line is half a round: all columns, then all diagonals, with the message's words
    /// in the order of the schedule.</summary>
    /// <param name="pass">Where the blocks lie, and their flags.</param>
    /// <param name="first">The first block.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="words">Room for a block's words; then eight of chaining value, replaced; the last row before the first block; word 11.</param>
    private static void CompressBlocks(in Blake3Pass pass, int first, int end, Vector512<uint>* words)
    {
        var chaining = words + 16;
        var row3 = words + 24;
        // In memory as with narrower vectors, which have fewer registers.
        var v11 = words + 28;
        Vector512<uint> v0 = chaining[0], v1 = chaining[1], v2 = chaining[2], v3 = chaining[3];
        Vector512<uint> v4 = chaining[4], v5 = chaining[5], v6 = chaining[6], v7 = chaining[7];
        for (var block = first; block < end; block++)
        {
            Load(pass.Lanes, block * BlockBytes, words);
            Vector512<uint> v8 = Vector512.Create(Iv[0]), v9 = Vector512.Create(Iv[1]), v10 = Vector512.Create(Iv[2]);
            *v11 = Vector512.Create(Iv[3]);
            Vector512<uint> v12 = row3[0], v13 = row3[1], v14 = row3[2], v15 = row3[3] | Vector512.Create(pass.FlagsOf(block));
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
        ref Vector512<uint> a0, ref Vector512<uint> a1, ref Vector512<uint> a2, ref Vector512<uint> a3,
        ref Vector512<uint> b0, ref Vector512<uint> b1, ref Vector512<uint> b2, ref Vector512<uint> b3,
        ref Vector512<uint> c0, ref Vector512<uint> c1, ref Vector512<uint> c2, ref Vector512<uint> c3,
        ref Vector512<uint> d0, ref Vector512<uint> d1, ref Vector512<uint> d2, ref Vector512<uint> d3,
        Vector512<uint>* words, int x0, int y0, int x1, int y1, int x2, int y2, int x3, int y3)
    {
        Vector512<uint> sum;
        a0 = a0 + words[x0] + b0;
        a1 = a1 + words[x1] + b1;
        a2 = a2 + words[x2] + b2;
        a3 = a3 + words[x3] + b3;
        d0 = Rotate(d0 ^ a0, 16);
        d1 = Rotate(d1 ^ a1, 16);
        d2 = Rotate(d2 ^ a2, 16);
        d3 = Rotate(d3 ^ a3, 16);
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
        d0 = Rotate(d0 ^ a0, 8);
        d1 = Rotate(d1 ^ a1, 8);
        d2 = Rotate(d2 ^ a2, 8);
        d3 = Rotate(d3 ^ a3, 8);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rotate(Vector512<uint> value, [ConstantExpected] byte bits) => Avx512F.IsSupported
        ? Avx512F.RotateRight(value, bits)
        : (value >>> bits) | (value << (32 - bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(byte** lanes, int offset, Vector512<uint>* words)
    {
        // Sixteen streams are more than processors foresee: the next pass's blocks are asked for now, a whole pass ahead.
        var next = lanes[0] + offset + (16 * ChunkBytes);
        for (var lane = 0; lane < 16; lane++)
            Sse.Prefetch0(next + (lane * ChunkBytes));
        Transpose(lanes, offset, words);
    }

    private static void Store(Vector512<uint>* chaining, Vector512<uint>* values, int count, byte* output)
    {
        // There are eight rows only: the upper half of each result repeats them, and is not stored.
        var rows = stackalloc byte*[16];
        for (var i = 0; i < 16; i++)
            rows[i] = (byte*)(chaining + (i % 8));
        Transpose(rows, 0, values);
        for (var lane = 0; lane < count; lane++)
            values[lane].GetLower().Store((uint*)(output + (lane * Digest.Bytes)));
    }

    /// <summary>Sixteen rows of 16 words become sixteen vectors, one a word.</summary>
    private static void Transpose(byte** rows, int offset, Vector512<uint>* words)
    {
        // First 4 × 4 inside each 128-bit part: for four rows, words k, 4 + k, 8 + k and 12 + k of each.
        Quads(rows, offset, out var a0, out var a1, out var a2, out var a3);
        Quads(rows + 4, offset, out var b0, out var b1, out var b2, out var b3);
        Quads(rows + 8, offset, out var c0, out var c1, out var c2, out var c3);
        Quads(rows + 12, offset, out var d0, out var d1, out var d2, out var d3);
        // Then the parts themselves, 4 × 4.
        Parts(a0, b0, c0, d0, words);
        Parts(a1, b1, c1, d1, words + 1);
        Parts(a2, b2, c2, d2, words + 2);
        Parts(a3, b3, c3, d3, words + 3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quads(
        byte** rows, int offset, out Vector512<uint> word0, out Vector512<uint> word1, out Vector512<uint> word2, out Vector512<uint> word3)
    {
        var r0 = Vector512.Load((uint*)(rows[0] + offset));
        var r1 = Vector512.Load((uint*)(rows[1] + offset));
        var r2 = Vector512.Load((uint*)(rows[2] + offset));
        var r3 = Vector512.Load((uint*)(rows[3] + offset));
        var low01 = UnpackLow(r0, r1).AsUInt64();
        var high01 = UnpackHigh(r0, r1).AsUInt64();
        var low23 = UnpackLow(r2, r3).AsUInt64();
        var high23 = UnpackHigh(r2, r3).AsUInt64();
        word0 = UnpackLow(low01, low23).AsUInt32();
        word1 = UnpackHigh(low01, low23).AsUInt32();
        word2 = UnpackLow(high01, high23).AsUInt32();
        word3 = UnpackHigh(high01, high23).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Parts(Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint>* words)
    {
        var (evenAb, oddAb, evenCd, oddCd) = (EvenParts(a, b), OddParts(a, b), EvenParts(c, d), OddParts(c, d));
        words[0] = EvenParts(evenAb, evenCd);
        words[4] = EvenParts(oddAb, oddCd);
        words[8] = OddParts(evenAb, evenCd);
        words[12] = OddParts(oddAb, oddCd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> UnpackLow(Vector512<uint> left, Vector512<uint> right) => Avx512F.IsSupported
        ? Avx512F.UnpackLow(left, right)
        : Vector512.Create(Avx2.UnpackLow(left.GetLower(), right.GetLower()), Avx2.UnpackLow(left.GetUpper(), right.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> UnpackHigh(Vector512<uint> left, Vector512<uint> right) => Avx512F.IsSupported
        ? Avx512F.UnpackHigh(left, right)
        : Vector512.Create(Avx2.UnpackHigh(left.GetLower(), right.GetLower()), Avx2.UnpackHigh(left.GetUpper(), right.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> UnpackLow(Vector512<ulong> left, Vector512<ulong> right) => Avx512F.IsSupported
        ? Avx512F.UnpackLow(left, right)
        : Vector512.Create(Avx2.UnpackLow(left.GetLower(), right.GetLower()), Avx2.UnpackLow(left.GetUpper(), right.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> UnpackHigh(Vector512<ulong> left, Vector512<ulong> right) => Avx512F.IsSupported
        ? Avx512F.UnpackHigh(left, right)
        : Vector512.Create(Avx2.UnpackHigh(left.GetLower(), right.GetLower()), Avx2.UnpackHigh(left.GetUpper(), right.GetUpper()));

    // Parts 0 and 2 of the left, then of the right.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> EvenParts(Vector512<uint> left, Vector512<uint> right) => Avx512F.IsSupported
        ? Avx512F.Shuffle4x128(left, right, 0b10_00_10_00)
        : Vector512.Create(Avx2.Permute2x128(left.GetLower(), left.GetUpper(), 0x20), Avx2.Permute2x128(right.GetLower(), right.GetUpper(), 0x20));

    // Parts 1 and 3 of the left, then of the right.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> OddParts(Vector512<uint> left, Vector512<uint> right) => Avx512F.IsSupported
        ? Avx512F.Shuffle4x128(left, right, 0b11_01_11_01)
        : Vector512.Create(Avx2.Permute2x128(left.GetLower(), left.GetUpper(), 0x31), Avx2.Permute2x128(right.GetLower(), right.GetUpper(), 0x31));
}
