using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>One chunk or parent at a time, on any processor; what the other kernels are compared with.</summary>
internal readonly struct Blake3ScalarKernel : IBlake3Kernel
{
    public static bool IsSupported => true;

    public static int Lanes => 1;

    public static void HashChunks(ReadOnlySpan<byte> chunks, ulong firstChunk, Span<byte> values)
    {
        Span<uint> chaining = stackalloc uint[8];
        Iv.CopyTo(chaining);
        for (var block = 0; block < ChunkBytes / BlockBytes; block++)
        {
            var flags = (block == 0 ? ChunkStart : 0) | (block == ChunkBytes / BlockBytes - 1 ? ChunkEnd : 0);
            Compress(chaining, chunks.Slice(block * BlockBytes, BlockBytes), BlockBytes, firstChunk, flags);
        }
        WriteWords(chaining, values);
    }

    public static void HashParents(ReadOnlySpan<byte> children, Span<byte> values) => CompressParent(children, 0, values);
}
