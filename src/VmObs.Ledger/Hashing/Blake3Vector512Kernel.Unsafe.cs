using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    public static bool IsSupported => Avx512F.IsSupported;

    public static int Lanes => 16;

    public static void HashChunks(ReadOnlySpan<byte> chunks, LastChunk last, ulong firstChunk, Span<byte> values)
    {
        Check(chunks.Length, Lanes * ChunkBytes, values.Length);
        if ((uint)last.Lane >= (uint)Lanes || last.Bytes is < 1 or > ChunkBytes)
            throw new ArgumentException($"BUG: the last chunk has {last.Bytes} bytes in lane {last.Lane}");
        var first = Vector512.Create((uint)firstChunk);
        var low = first + Vector512<uint>.Indices;
        // A lane whose low word wrapped around is all ones in the comparison: minus one, negated.
        var high = Vector512.Create((uint)(firstChunk >> 32)) - Vector512.LessThan(low, first);
        fixed (byte* input = chunks)
        fixed (byte* output = values)
            Compress(input, ChunkBytes, ChunkBytes / BlockBytes, last, low, high, 0, ChunkStart, ChunkEnd, output);
    }

    public static void HashParents(ReadOnlySpan<byte> children, Span<byte> values)
    {
        Check(children.Length, Lanes * BlockBytes, values.Length);
        fixed (byte* input = children)
        fixed (byte* output = values)
            Compress(input, BlockBytes, 1, new LastChunk(0, BlockBytes), Vector512<uint>.Zero, Vector512<uint>.Zero, Parent, 0, 0, output);
    }

    // The pointers below trust these lengths.
    private static void Check(int inputBytes, int expectedBytes, int valueBytes)
    {
        if (inputBytes != expectedBytes || valueBytes < Lanes * Digest.Bytes)
            throw new ArgumentException($"BUG: {inputBytes} bytes in and {valueBytes} out, expected {expectedBytes} and {Lanes * Digest.Bytes}");
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compress(
        byte* input, int stride, int blocks, LastChunk last, Vector512<uint> low, Vector512<uint> high, uint flags, uint firstFlag, uint lastFlag, byte* output)
    {
        // Aligned, for a load that straddles two cache lines costs two.
        var room = stackalloc byte[41 * VectorBytes];
        var words = (Vector512<uint>*)(((nuint)room + VectorBytes - 1) & ~(nuint)(VectorBytes - 1));
        var atEnd = words + 32;
        var lastLane = Vector512.Equals(Vector512<uint>.Indices, Vector512.Create((uint)last.Lane));
        // Constant data of the program: it does not move.
        var schedule = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Schedule));
        Vector512<uint> h0 = Vector512.Create(Iv[0]), h1 = Vector512.Create(Iv[1]), h2 = Vector512.Create(Iv[2]), h3 = Vector512.Create(Iv[3]);
        Vector512<uint> h4 = Vector512.Create(Iv[4]), h5 = Vector512.Create(Iv[5]), h6 = Vector512.Create(Iv[6]), h7 = Vector512.Create(Iv[7]);
        for (var block = 0; block < blocks; block++)
        {
            // Sixteen streams are more than processors foresee: the next pass's blocks are asked for now, a whole pass ahead.
            for (var row = 0; row < 16; row++)
                Sse.Prefetch0(input + ((16 + row) * stride) + (block * BlockBytes));
            Transpose(input + (block * BlockBytes), stride, words);
            var blockFlags = flags | (block == 0 ? firstFlag : 0) | (block == blocks - 1 ? lastFlag : 0);
            Vector512<uint> v0 = h0, v1 = h1, v2 = h2, v3 = h3, v4 = h4, v5 = h5, v6 = h6, v7 = h7;
            Vector512<uint> v8 = Vector512.Create(Iv[0]), v9 = Vector512.Create(Iv[1]), v10 = Vector512.Create(Iv[2]), v11 = Vector512.Create(Iv[3]);
            Vector512<uint> v12 = low, v13 = high, v14 = Vector512.Create((uint)BlockBytes), v15 = Vector512.Create(blockFlags);
            if (block == last.Blocks - 1)
                (v14, v15) = (Vector512.ConditionalSelect(lastLane, Vector512.Create((uint)last.EndBytes), v14), v15 | (lastLane & Vector512.Create(lastFlag)));
            for (var order = schedule; order < schedule + (7 * 16); order += 16)
            {
                Mix(ref v0, ref v4, ref v8, ref v12, words[order[0]], words[order[1]]);
                Mix(ref v1, ref v5, ref v9, ref v13, words[order[2]], words[order[3]]);
                Mix(ref v2, ref v6, ref v10, ref v14, words[order[4]], words[order[5]]);
                Mix(ref v3, ref v7, ref v11, ref v15, words[order[6]], words[order[7]]);
                Mix(ref v0, ref v5, ref v10, ref v15, words[order[8]], words[order[9]]);
                Mix(ref v1, ref v6, ref v11, ref v12, words[order[10]], words[order[11]]);
                Mix(ref v2, ref v7, ref v8, ref v13, words[order[12]], words[order[13]]);
                Mix(ref v3, ref v4, ref v9, ref v14, words[order[14]], words[order[15]]);
            }
            (h0, h1, h2, h3) = (v0 ^ v8, v1 ^ v9, v2 ^ v10, v3 ^ v11);
            (h4, h5, h6, h7) = (v4 ^ v12, v5 ^ v13, v6 ^ v14, v7 ^ v15);
            if (block == last.Blocks - 1)
                (atEnd[0], atEnd[1], atEnd[2], atEnd[3], atEnd[4], atEnd[5], atEnd[6], atEnd[7]) = (h0, h1, h2, h3, h4, h5, h6, h7);
        }
        (words[0], words[1], words[2], words[3]) = (h0, h1, h2, h3);
        (words[4], words[5], words[6], words[7]) = (h4, h5, h6, h7);
        // Back again. There are eight rows only: the upper half of each result is left over from the last block, and not stored.
        var lanes = words + 16;
        Transpose((byte*)words, VectorBytes, lanes);
        for (var lane = 0; lane < 16; lane++)
            lanes[lane].GetLower().Store((uint*)(output + (lane * Digest.Bytes)));
        // What came after a short chunk's end was for nothing.
        for (var word = 0; word < 8; word++)
            ((uint*)(output + (last.Lane * Digest.Bytes)))[word] = ((uint*)(atEnd + word))[last.Lane];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(
        ref Vector512<uint> a, ref Vector512<uint> b, ref Vector512<uint> c, ref Vector512<uint> d, Vector512<uint> x, Vector512<uint> y)
    {
        a = a + x + b;
        d = Rotate16(d ^ a);
        c += d;
        b = Rotate(b ^ c, 12);
        a = a + y + b;
        d = Rotate8(d ^ a);
        c += d;
        b = Rotate(b ^ c, 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rotate16(Vector512<uint> value) => Avx512F.RotateRight(value, 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rotate8(Vector512<uint> value) => Avx512F.RotateRight(value, 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rotate(Vector512<uint> value, [ConstantExpected] byte bits) => Avx512F.RotateRight(value, bits);

    /// <summary>Sixteen rows of 16 words become sixteen vectors, one a word.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(byte* rows, int stride, Vector512<uint>* words)
    {
        // First 4 × 4 inside each 128-bit part: quad[4g + k] has word k of each part for the rows 4g … 4g + 3.
        var quads = stackalloc Vector512<uint>[16];
        for (var group = 0; group < 4; group++)
        {
            var row = rows + (group * 4 * stride);
            var r0 = Vector512.Load((uint*)row);
            var r1 = Vector512.Load((uint*)(row + stride));
            var r2 = Vector512.Load((uint*)(row + (2 * stride)));
            var r3 = Vector512.Load((uint*)(row + (3 * stride)));
            var low01 = Avx512F.UnpackLow(r0, r1).AsUInt64();
            var high01 = Avx512F.UnpackHigh(r0, r1).AsUInt64();
            var low23 = Avx512F.UnpackLow(r2, r3).AsUInt64();
            var high23 = Avx512F.UnpackHigh(r2, r3).AsUInt64();
            var quad = quads + (group * 4);
            quad[0] = Avx512F.UnpackLow(low01, low23).AsUInt32();
            quad[1] = Avx512F.UnpackHigh(low01, low23).AsUInt32();
            quad[2] = Avx512F.UnpackLow(high01, high23).AsUInt32();
            quad[3] = Avx512F.UnpackHigh(high01, high23).AsUInt32();
        }
        // Then the 128-bit parts themselves, 4 × 4: part p of the four groups is word 4p + k of all rows.
        for (var k = 0; k < 4; k++)
        {
            var even01 = Avx512F.Shuffle4x128(quads[k], quads[4 + k], 0b10_00_10_00);
            var odd01 = Avx512F.Shuffle4x128(quads[k], quads[4 + k], 0b11_01_11_01);
            var even23 = Avx512F.Shuffle4x128(quads[8 + k], quads[12 + k], 0b10_00_10_00);
            var odd23 = Avx512F.Shuffle4x128(quads[8 + k], quads[12 + k], 0b11_01_11_01);
            words[k] = Avx512F.Shuffle4x128(even01, even23, 0b10_00_10_00);
            words[4 + k] = Avx512F.Shuffle4x128(odd01, odd23, 0b10_00_10_00);
            words[8 + k] = Avx512F.Shuffle4x128(even01, even23, 0b11_01_11_01);
            words[12 + k] = Avx512F.Shuffle4x128(odd01, odd23, 0b11_01_11_01);
        }
    }
}
