using CsCheck;
using VmObs.Ledger.Hashing;

namespace VmObs.Tests.Ledger.Hashing;

/// <summary>Every kernel against the scalar one.</summary>
public sealed class Blake3KernelTests
{
    [Fact]
    public void Eight_lanes_hash_as_one_does() => CompareWithScalar<Blake3Vector256Kernel>();

    [Fact]
    public void Sixteen_lanes_hash_as_one_does() => CompareWithScalar<Blake3Vector512Kernel>();

    [Fact]
    public void Any_number_of_chunks_and_parents_hashes_as_one_at_a_time_does() =>
        Gen.Select(Gen.Int[0, 70], Counters, Gen.Int).Sample((count, first, seed) =>
        {
            var chunks = Bytes(count * 1024, seed);
            var values = new byte[count * Digest.Bytes];
            Blake3Kernels.HashChunks(chunks, first, values);
            Assert.Equal(OneByOne(chunks, 1024, (chunk, i, value) => Blake3ScalarKernel.HashChunks(chunk, first + (ulong)i, value)), values);

            var children = Bytes(count * 64, seed);
            var expected = OneByOne(children, 64, (child, _, value) => Blake3ScalarKernel.HashParents(child, value));
            // Into the children's own memory, as the tree does.
            Blake3Kernels.HashParents(children, children);
            Assert.Equal(expected, children[..expected.Length]);
        }, iter: 200);

    // Also where the low word of a lane's counter wraps around.
    private static Gen<ulong> Counters => Gen.OneOf(Gen.ULong[0, 1UL << 53], Gen.ULong[(1UL << 32) - 40, (1UL << 32) + 1], Gen.Const(0UL));

    private static void CompareWithScalar<TKernel>()
        where TKernel : struct, IBlake3Kernel
    {
        Assert.SkipUnless(TKernel.IsSupported, "this processor has not the instructions");
        Gen.Select(Counters, Gen.Int).Sample((first, seed) =>
        {
            var chunks = Bytes(TKernel.Lanes * 1024, seed);
            var values = new byte[TKernel.Lanes * Digest.Bytes];
            TKernel.HashChunks(chunks, first, values);
            Assert.Equal(OneByOne(chunks, 1024, (chunk, i, value) => Blake3ScalarKernel.HashChunks(chunk, first + (ulong)i, value)), values);
            var children = Bytes(TKernel.Lanes * 64, seed);
            TKernel.HashParents(children, values);
            Assert.Equal(OneByOne(children, 64, (child, _, value) => Blake3ScalarKernel.HashParents(child, value)), values);
        }, iter: 200);
        Assert.Throws<ArgumentException>(() => TKernel.HashChunks(new byte[1024], 0, new byte[TKernel.Lanes * Digest.Bytes]));
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
