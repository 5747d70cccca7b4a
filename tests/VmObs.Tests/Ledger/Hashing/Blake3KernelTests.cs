using System.Numerics;
using System.Runtime.Intrinsics.X86;
using CsCheck;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;

namespace VmObs.Tests.Ledger.Hashing;

/// <summary>Every kernel, and the compression of single blocks, against the scalar twin.</summary>
public sealed class Blake3KernelTests
{
    [Fact]
    public void Lanes_hash_as_one_does_by_every_kernel_that_this_processor_runs()
    {
        var compared = new List<int>();
        if (Blake3RowKernel.IsSupported)
            CompareWithScalar<Blake3RowKernel>(compared);
        if (Blake3Vector128Kernel.IsSupported)
            CompareWithScalar<Blake3Vector128Kernel>(compared);
        if (Blake3Vector256Kernel.IsSupported)
            CompareWithScalar<Blake3Vector256Kernel>(compared);
        // By halves where there is no AVX-512: what differs then is six instructions.
        if (Blake3Vector512Kernel.CanRun)
            CompareWithScalar<Blake3Vector512Kernel>(compared);
        Assert.Equal((Avx2.IsSupported, Sse41.IsSupported) switch { (true, _) => [2, 4, 8, 16], (_, true) => [4], _ => [] }, compared);
    }

    [Fact]
    public void Rows_compress_as_words_do()
    {
        var compared = 0;
        Gen.Select(Gen.Byte.Array[32], Gen.Int[1, 16], Gen.UInt[0, 64], Gen.ULong, Gen.UInt[0, 255], Gen.Int).Sample((chaining, blocks, length, counter, flags, seed) =>
        {
            uint[] expected = Words(chaining), found = Words(chaining);
            var input = Bytes(blocks * 64, seed);
            Blake3ScalarCompression.Compress(expected, input, length, counter, flags);
            if (Blake3RowKernel.IsSupported)
            {
                Blake3RowKernel.Compress(found, input, length, counter, flags);
                Assert.Equal(expected, found);
                Interlocked.Increment(ref compared);
            }
            // What longer outputs begin with is what a block gives.
            var expanded = new uint[16];
            found = Words(chaining);
            Blake3ScalarCompression.Expand(found, input.AsSpan(0, 64), length, counter, flags, expanded);
            Blake3ScalarCompression.Compress(found, input.AsSpan(0, 64), length, counter, flags);
            Assert.Equal(found, expanded[..8]);
        }, iter: 500);
        Assert.Equal(Avx2.IsSupported, compared > 0);
    }

    [Fact]
    public void Any_number_of_chunks_and_parents_hashes_as_one_at_a_time_does() =>
        Gen.Select(Gen.Int[0, 70], Gen.Int[0, 1023], Counters, Modes, Gen.Int).Sample((count, rest, first, mode, seed) =>
        {
            var chunks = Bytes((count * 1024) + rest, seed);
            var values = new byte[(count + 1) * Digest.Bytes];
            Blake3Kernels.HashChunks(chunks, first, mode, values);
            var expected = Chunks(chunks, first, mode);
            Assert.Equal(expected, values[..expected.Length]);

            var children = Bytes(count * 64, seed);
            expected = Parents(children, mode);
            // Into the children's own memory, as the tree does.
            Blake3Kernels.HashParents(children, mode, children);
            Assert.Equal(expected, children[..expected.Length]);
            // Or behind the first of them.
            byte[] room = [.. Bytes(count * 64, seed), .. new byte[Digest.Bytes]];
            Blake3Kernels.HashParents(room.AsSpan(0, count * 64), mode, room.AsSpan(Digest.Bytes));
            Assert.Equal(expected, room[Digest.Bytes..][..expected.Length]);
        }, iter: 200);

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

    private static void CompareWithScalar<TKernel>(List<int> compared)
        where TKernel : struct, IBlake3Kernel
    {
        compared.Add(TKernel.Lanes);
        Gen.Select(Gen.Int[1, TKernel.Lanes], Gen.OneOf(Gen.Const(1024), Gen.Int[1, 1024]), Counters, Modes, Gen.Int).Sample((count, lastBytes, first, mode, seed) =>
        {
            // Not one byte behind those that are the kernel's.
            var chunks = Bytes(((count - 1) * 1024) + lastBytes, seed);
            var values = new byte[(count + 1) * Digest.Bytes];
            TKernel.HashChunks(chunks, first, mode, values);
            Assert.Equal((byte[])[.. Chunks(chunks, first, mode), .. new byte[Digest.Bytes]], values);
            var children = Bytes(count * 64, seed);
            TKernel.HashParents(children, mode, values);
            Assert.Equal((byte[])[.. Parents(children, mode), .. new byte[Digest.Bytes]], values);
        }, iter: 300);
        Assert.Throws<ArgumentException>(() => TKernel.HashChunks([], 0, Blake3Mode.Hash, new byte[TKernel.Lanes * Digest.Bytes]));
        Assert.Throws<ArgumentException>(() => TKernel.HashChunks(new byte[(TKernel.Lanes * 1024) + 1], 0, Blake3Mode.Hash, new byte[(TKernel.Lanes + 1) * Digest.Bytes]));
        Assert.Throws<ArgumentException>(() => TKernel.HashChunks(new byte[1025], 0, Blake3Mode.Hash, new byte[Digest.Bytes]));
        Assert.Throws<ArgumentException>(() => TKernel.HashParents(new byte[128], Blake3Mode.Hash, new byte[Digest.Bytes]));
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
            Chunk(input, chunk, Blake3Mode.Hash, rootFlag, value);
            return;
        }
        var left = (int)BitOperations.RoundUpToPowerOf2((uint)(input.Length + 1023) / 1024) / 2;
        Span<byte> children = stackalloc byte[2 * Digest.Bytes];
        Subtree(input[..(left * 1024)], chunk, 0, children);
        Subtree(input[(left * 1024)..], chunk + (ulong)left, 0, children[Digest.Bytes..]);
        Parent(children, Blake3Mode.Hash, rootFlag, value);
    }

    private static byte[] Chunks(byte[] input, ulong first, Blake3Mode mode)
    {
        var values = new byte[(input.Length + 1023) / 1024 * Digest.Bytes];
        for (var i = 0; i * 1024 < input.Length; i++)
            Chunk(input.AsSpan((i * 1024)..Math.Min(input.Length, (i + 1) * 1024)), first + (ulong)i, mode, 0, values.AsSpan(i * Digest.Bytes));
        return values;
    }

    private static byte[] Parents(byte[] children, Blake3Mode mode)
    {
        var values = new byte[children.Length / 2];
        for (var i = 0; i * 64 < children.Length; i++)
            Parent(children.AsSpan(i * 64, 64), mode, 0, values.AsSpan(i * Digest.Bytes));
        return values;
    }

    // With the scalar compression whatever the processor has.
    private static void Chunk(ReadOnlySpan<byte> chunk, ulong counter, Blake3Mode mode, uint rootFlag, Span<byte> value)
    {
        var chaining = mode.Words.ToArray();
        var blocks = Math.Max(1, (chunk.Length + 63) / 64);
        for (var i = 0; i < blocks; i++)
        {
            var block = new byte[64];
            var part = chunk[(i * 64)..Math.Min(chunk.Length, (i + 1) * 64)];
            part.CopyTo(block);
            var flags = mode.Flags | (i == 0 ? 1u : 0) | (i == blocks - 1 ? 2u | rootFlag : 0);
            Blake3ScalarCompression.Compress(chaining, block, (uint)part.Length, counter, flags);
        }
        Blake3Compression.WriteWords(chaining, value);
    }

    private static void Parent(ReadOnlySpan<byte> children, Blake3Mode mode, uint rootFlag, Span<byte> value)
    {
        var chaining = mode.Words.ToArray();
        Blake3ScalarCompression.Compress(chaining, children, 64, 0, mode.Flags | 4u | rootFlag);
        Blake3Compression.WriteWords(chaining, value);
    }

    // Also where the low word of a lane's counter wraps around.
    private static Gen<ulong> Counters => Gen.OneOf(Gen.ULong[0, 1UL << 53], Gen.ULong[(1UL << 32) - 40, (1UL << 32) + 1], Gen.Const(0UL));

    private static readonly Blake3Mode[] s_modes = [Blake3Mode.Hash, Blake3Mode.Keyed(Bytes(32, 1)), Blake3Mode.DeriveKey("a context")];

    private static Gen<Blake3Mode> Modes => Gen.Int[0, 2].Select(static i => s_modes[i]);

    private static uint[] Words(byte[] bytes)
    {
        var words = new uint[bytes.Length / 4];
        Blake3Compression.ReadWords(bytes, words);
        return words;
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
