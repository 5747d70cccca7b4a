using System.Runtime.Intrinsics.X86;
using CsCheck;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;

namespace VmObs.Tests.Ledger.Hashing;

/// <summary>Every kernel against the scalar one.</summary>
public sealed class Blake3KernelTests
{
    [Fact]
    public void Lanes_hash_as_one_does_by_every_kernel_that_this_processor_runs()
    {
        var compared = new List<int>();
        CompareWithScalar<Blake3Vector256Kernel>(compared);
        CompareWithScalar<Blake3Vector512Kernel>(compared);
        Assert.Equal((Avx512F.IsSupported, Avx2.IsSupported) switch { (true, _) => [8, 16], (_, true) => [8], _ => [] }, compared);
    }

    [Fact]
    public void Any_number_of_chunks_and_parents_hashes_as_one_at_a_time_does() =>
        Gen.Select(Gen.Int[0, 70], Counters, Gen.Int).Sample((count, first, seed) =>
        {
            var chunks = Bytes(count * 1024, seed);
            var values = new byte[count * Digest.Bytes];
            Blake3Kernels.HashChunks(chunks, first, values);
            Assert.Equal(OneByOne(chunks, 1024, (chunk, i, value) => Blake3ScalarKernel.HashChunks(chunk, LastChunk.Whole(1), first + (ulong)i, value)), values);

            var children = Bytes(count * 64, seed);
            var expected = OneByOne(children, 64, (child, _, value) => Blake3ScalarKernel.HashParents(child, value));
            // Into the children's own memory, as the tree does.
            Blake3Kernels.HashParents(children, children);
            Assert.Equal(expected, children[..expected.Length]);
        }, iter: 200);

    [Fact]
    public void A_short_last_chunk_in_any_lane_hashes_as_it_does_alone()
    {
        LastLanes<Blake3Vector256Kernel>();
        LastLanes<Blake3Vector512Kernel>();
    }

    [Fact]
    public void Every_length_to_20_KiB_hashes_as_one_chunk_and_one_parent_at_a_time_do()
    {
        var input = Bytes(20 * 1024, 7);
        var leaf = (byte[])[0, .. input];
        for (var length = 0; length <= input.Length; length++)
        {
            Assert.Equal(Scalar(input.AsSpan(0, length)), Blake3.Hash(input.AsSpan(0, length)));
            // The same behind one byte more.
            if (length % 64 is 0 or 1 or 63 || length < 200)
                Assert.Equal(Scalar(leaf.AsSpan(0, length + 1)), Blake3MerkleHash.Leaf(input.AsSpan(0, length)));
        }
    }

    private static void LastLanes<TKernel>()
        where TKernel : struct, IBlake3Kernel
    {
        if (!TKernel.IsSupported)
            return;
        Gen.Select(Gen.Int[0, TKernel.Lanes - 1], Gen.Int[1, 1024], Counters, Gen.Int).Sample((lane, bytes, first, seed) =>
        {
            var lanes = Bytes(TKernel.Lanes * 1024, seed);
            // The last block's rest is zeros; what comes after it is anything.
            lanes.AsSpan((lane * 1024) + bytes, -bytes & 63).Clear();
            var values = new byte[TKernel.Lanes * Digest.Bytes];
            TKernel.HashChunks(lanes, new LastChunk(lane, bytes), first, values);
            var expected = new byte[(lane + 1) * Digest.Bytes];
            for (var i = 0; i <= lane; i++)
                Blake3Compression.CompressChunk(lanes.AsSpan(i * 1024, i == lane ? bytes : 1024), first + (ulong)i, 0, expected.AsSpan(i * Digest.Bytes));
            Assert.Equal(expected, values[..expected.Length]);
        }, iter: 200);
        Assert.Throws<ArgumentException>(() => TKernel.HashChunks(new byte[TKernel.Lanes * 1024], new LastChunk(TKernel.Lanes, 1), 0, new byte[TKernel.Lanes * Digest.Bytes]));
        Assert.Throws<ArgumentException>(() => TKernel.HashChunks(new byte[TKernel.Lanes * 1024], new LastChunk(0, 1025), 0, new byte[TKernel.Lanes * Digest.Bytes]));
    }

    // The paper's definition: the left subtree has the largest power of two of chunks that leaves one for the right.
    private static Digest Scalar(ReadOnlySpan<byte> input)
    {
        var value = new byte[Digest.Bytes];
        Subtree(input, 0, Blake3Compression.Root, value);
        return new Digest(value);
    }

    private static void Subtree(ReadOnlySpan<byte> input, ulong chunk, uint rootFlag, Span<byte> value)
    {
        if (input.Length <= 1024)
        {
            Blake3Compression.CompressChunk(input, chunk, rootFlag, value);
            return;
        }
        var left = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(input.Length + 1023) / 1024) / 2;
        Span<byte> children = stackalloc byte[2 * Digest.Bytes];
        Subtree(input[..(left * 1024)], chunk, 0, children);
        Subtree(input[(left * 1024)..], chunk + (ulong)left, 0, children[Digest.Bytes..]);
        Blake3Compression.CompressParent(children, rootFlag, value);
    }

    // Also where the low word of a lane's counter wraps around.
    private static Gen<ulong> Counters => Gen.OneOf(Gen.ULong[0, 1UL << 53], Gen.ULong[(1UL << 32) - 40, (1UL << 32) + 1], Gen.Const(0UL));

    private static void CompareWithScalar<TKernel>(List<int> compared)
        where TKernel : struct, IBlake3Kernel
    {
        if (!TKernel.IsSupported)
            return;
        compared.Add(TKernel.Lanes);
        Gen.Select(Counters, Gen.Int).Sample((first, seed) =>
        {
            var chunks = Bytes(TKernel.Lanes * 1024, seed);
            var values = new byte[TKernel.Lanes * Digest.Bytes];
            TKernel.HashChunks(chunks, LastChunk.Whole(TKernel.Lanes), first, values);
            Assert.Equal(OneByOne(chunks, 1024, (chunk, i, value) => Blake3ScalarKernel.HashChunks(chunk, LastChunk.Whole(1), first + (ulong)i, value)), values);
            var children = Bytes(TKernel.Lanes * 64, seed);
            TKernel.HashParents(children, values);
            Assert.Equal(OneByOne(children, 64, (child, _, value) => Blake3ScalarKernel.HashParents(child, value)), values);
        }, iter: 200);
        Assert.Throws<ArgumentException>(() => TKernel.HashChunks(new byte[1024], LastChunk.Whole(TKernel.Lanes), 0, new byte[TKernel.Lanes * Digest.Bytes]));
        Assert.Throws<ArgumentException>(() => TKernel.HashParents(new byte[TKernel.Lanes * 64], new byte[Digest.Bytes]));
    }

    private delegate void HashOne(ReadOnlySpan<byte> input, int index, Span<byte> value);

    private static byte[] OneByOne(byte[] input, int size, HashOne hash)
    {
        var values = new byte[input.Length / size * Digest.Bytes];
        for (var i = 0; i * size < input.Length; i++)
            hash(input.AsSpan(i * size, size), i, values.AsSpan(i * Digest.Bytes));
        return values;
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
