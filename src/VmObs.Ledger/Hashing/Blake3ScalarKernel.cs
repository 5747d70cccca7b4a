using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>One chunk after the other, on any processor.</summary>
internal readonly struct Blake3ScalarKernel : IBlake3Kernel
{
    public static void HashChunks(ReadOnlySpan<byte> chunks, ulong firstChunk, Span<byte> values)
    {
        Span<uint> chaining = stackalloc uint[8];
        for (var chunk = 0; chunk * ChunkBytes < chunks.Length; chunk++)
        {
            Iv.CopyTo(chaining);
            for (var block = 0; block < ChunkBytes / BlockBytes; block++)
            {
                var flags = (block == 0 ? ChunkStart : 0) | (block == ChunkBytes / BlockBytes - 1 ? ChunkEnd : 0);
                Compress(chaining, chunks.Slice(chunk * ChunkBytes + block * BlockBytes, BlockBytes), BlockBytes, firstChunk + (ulong)chunk, flags);
            }
            WriteWords(chaining, values.Slice(chunk * Digest.Bytes, Digest.Bytes));
        }
    }
}
