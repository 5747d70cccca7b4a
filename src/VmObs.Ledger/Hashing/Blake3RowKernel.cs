using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>Two chunks or parents, or one, with the state's four rows as vectors: four columns, then four diagonals, at once.</summary>
/// <remarks>
/// For what is too little to lie side by side: short inputs, the topmost parents. Each half of a vector is a row of one compression; two take
/// as long as one, whose halves are then the same. Paid for by the benchmark "hash" in bench/VmObs.Bench.
/// </remarks>
internal readonly struct Blake3RowKernel : IBlake3Kernel
{
    private const int Rounds = 7;

    // Ahead of time and for processors without it, the compiler answers the first question at run time and writes halves for the operators.
    public static bool IsSupported => Avx2.IsSupported && Vector256.IsHardwareAccelerated;

    public static int Lanes => 2;

    [SkipLocalsInit]
    public static void HashChunks(ReadOnlySpan<byte> chunks, ulong firstChunk, Blake3Mode mode, Span<byte> values)
    {
        Blake3Pass.Check(chunks.Length, ChunkBytes, Lanes, values.Length);
        if (chunks.Length <= ChunkBytes)
        {
            HashChunk(chunks, firstChunk, mode, 0, values);
            return;
        }
        var first = chunks[..ChunkBytes];
        var second = chunks[ChunkBytes..];
        var h0 = Vector256.Create(Vector128.Create(mode.Words));
        var h1 = Vector256.Create(Vector128.Create(mode.Words[4..]));
        var flags = mode.Flags | ChunkStart;
        while (second.Length > BlockBytes)
        {
            CompressBlocks(ref h0, ref h1, Row3(firstChunk, BlockBytes, flags), Row3(firstChunk + 1, BlockBytes, flags), first, second);
            flags = mode.Flags;
            first = first[BlockBytes..];
            second = second[BlockBytes..];
        }
        Span<byte> end = stackalloc byte[BlockBytes];
        end.Clear();
        second.CopyTo(end);
        var isEnd = first.Length == BlockBytes;
        CompressBlocks(
            ref h0, ref h1, Row3(firstChunk, BlockBytes, isEnd ? flags | ChunkEnd : flags), Row3(firstChunk + 1, (uint)second.Length, flags | ChunkEnd), first, end);
        Store(h0.GetUpper(), h1.GetUpper(), values[Digest.Bytes..]);
        // The second chunk was short: the first goes on alone.
        for (first = first[BlockBytes..]; !first.IsEmpty; first = first[BlockBytes..])
        {
            var row3 = Row3(firstChunk, BlockBytes, first.Length == BlockBytes ? mode.Flags | ChunkEnd : mode.Flags);
            CompressBlocks(ref h0, ref h1, row3, row3, first, first);
        }
        Store(h0.GetLower(), h1.GetLower(), values);
    }

    public static void HashParents(ReadOnlySpan<byte> children, Blake3Mode mode, Span<byte> values)
    {
        Blake3Pass.Check(children.Length, BlockBytes, Lanes, values.Length);
        var h0 = Vector256.Create(Vector128.Create(mode.Words));
        var h1 = Vector256.Create(Vector128.Create(mode.Words[4..]));
        var row3 = Row3(0, BlockBytes, mode.Flags | Parent);
        var hasTwo = children.Length > BlockBytes;
        CompressBlocks(ref h0, ref h1, row3, row3, children, hasTwo ? children[BlockBytes..] : children);
        Store(h0.GetLower(), h1.GetLower(), values);
        if (hasTwo)
            Store(h0.GetUpper(), h1.GetUpper(), values[Digest.Bytes..]);
    }

    /// <summary><see cref="Blake3Compression.Compress"/>.</summary>
    public static void Compress(Span<uint> chaining, ReadOnlySpan<byte> blocks, uint blockLength, ulong counter, uint flags)
    {
        var h0 = Vector256.Create(Vector128.Create<uint>(chaining));
        var h1 = Vector256.Create(Vector128.Create<uint>(chaining[4..]));
        for (; blocks.Length >= BlockBytes; blocks = blocks[BlockBytes..])
        {
            var row3 = Row3(counter, blockLength, flags);
            CompressBlocks(ref h0, ref h1, row3, row3, blocks, blocks);
            flags &= ~ChunkStart;
        }
        h0.GetLower().CopyTo(chaining);
        h1.GetLower().CopyTo(chaining[4..]);
    }

    private static Vector128<uint> Row3(ulong counter, uint blockLength, uint flags) =>
        Vector128.Create((uint)counter, (uint)(counter >> 32), blockLength, flags);

    private static void Store(Vector128<uint> h0, Vector128<uint> h1, Span<byte> value)
    {
        h0.AsByte().CopyTo(value);
        h1.AsByte().CopyTo(value[16..]);
    }

    // Word i of a row belongs to column i. Diagonals become columns by turning rows 0, 2 and 3 and leaving row 1, which is the last to be
    // ready, so that the turns cost no time; the message's words for the diagonals are in the order that this gives.
    private static void CompressBlocks(
        ref Vector256<uint> h0, ref Vector256<uint> h1, Vector128<uint> firstRow3, Vector128<uint> secondRow3, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var w0 = Words(first, second, 0);
        var w1 = Words(first, second, 16);
        var w2 = Words(first, second, 32);
        var w3 = Words(first, second, 48);
        // First and second words of the columns: 0 2 4 6 and 1 3 5 7. Of the diagonals: 14 8 10 12 and 15 9 11 13.
        var m0 = Select(w0, w1, 0b10_00_10_00);
        var m1 = Select(w0, w1, 0b11_01_11_01);
        var m2 = Avx2.Shuffle(Select(w2, w3, 0b10_00_10_00), 0b10_01_00_11);
        var m3 = Avx2.Shuffle(Select(w2, w3, 0b11_01_11_01), 0b10_01_00_11);
        Vector256<uint> row0 = h0, row1 = h1;
        var row2 = Vector256.Create(Vector128.Create(Iv[0], Iv[1], Iv[2], Iv[3]));
        var row3 = Vector256.Create(firstRow3, secondRow3);
        for (var round = 1; ; round++)
        {
            Mix(ref row0, ref row1, ref row2, ref row3, m0, m1);
            row0 = Avx2.Shuffle(row0, 0b10_01_00_11);
            row2 = Avx2.Shuffle(row2, 0b00_11_10_01);
            row3 = Avx2.Shuffle(row3, 0b01_00_11_10);
            Mix(ref row0, ref row1, ref row2, ref row3, m2, m3);
            row0 = Avx2.Shuffle(row0, 0b00_11_10_01);
            row2 = Avx2.Shuffle(row2, 0b10_01_00_11);
            row3 = Avx2.Shuffle(row3, 0b01_00_11_10);
            if (round == Rounds)
                break;
            Permute(ref m0, ref m1, ref m2, ref m3);
        }
        h0 = row0 ^ row2;
        h1 = row1 ^ row3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Words(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int offset) =>
        Vector256.Create(Vector128.Create(first[offset..]), Vector128.Create(second[offset..])).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(
        ref Vector256<uint> row0, ref Vector256<uint> row1, ref Vector256<uint> row2, ref Vector256<uint> row3, Vector256<uint> x, Vector256<uint> y)
    {
        row0 = row0 + x + row1;
        row3 = Blake3Vector256Kernel.Rotate16(row3 ^ row0);
        row2 += row3;
        row1 = Blake3Vector256Kernel.Rotate(row1 ^ row2, 12);
        row0 = row0 + y + row1;
        row3 = Blake3Vector256Kernel.Rotate8(row3 ^ row0);
        row2 += row3;
        row1 = Blake3Vector256Kernel.Rotate(row1 ^ row2, 7);
    }

    // The permutation 2 6 3 10 7 0 4 13 1 11 12 5 9 14 15 8 of 16 words that lie as 0 2 4 6, 1 3 5 7, 14 8 10 12, 15 9 11 13: new first
    // words of columns are 2 3 7 4, second ones 6 10 0 13; of diagonals 15 1 12 9 and 8 11 5 14.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Permute(ref Vector256<uint> m0, ref Vector256<uint> m1, ref Vector256<uint> m2, ref Vector256<uint> m3)
    {
        var n0 = Avx2.Shuffle(Select(m0, m1, 0b11_01_01_10), 0b00_11_10_01);
        var n1 = Avx2.Blend(Avx2.Shuffle(m0, 0b00_00_11_11), Select(m2, m3, 0b11_11_10_10), 0b1010_1010);
        var n2 = Avx2.Shuffle(Avx2.Blend(Avx2.UnpackLow(m3.AsUInt64(), m1.AsUInt64()).AsUInt32(), m2, 0b1000_1000), 0b01_11_10_00);
        var n3 = Avx2.Shuffle(Avx2.UnpackLow(m2, Avx2.UnpackHigh(m1, m3)), 0b00_01_11_10);
        (m0, m1, m2, m3) = (n0, n1, n2, n3);
    }

    // In each half: two words of the left, then two of the right.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Select(Vector256<uint> left, Vector256<uint> right, [ConstantExpected] byte which) =>
        Avx.Shuffle(left.AsSingle(), right.AsSingle(), which).AsUInt32();
}
