using System.Numerics;
using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;

namespace VmObs.Tests.Ledger.Hashing;

/// <summary>BLAKE3 as its paper tells it, by recursion from the top, noting the parents above groups in pre-order as Bao does.</summary>
internal static class ReferenceTree
{
    private const int Chunk = 1024;

    public static Digest Hash(ReadOnlySpan<byte> input, List<byte[]> parents) => Value(input, 0, isRoot: true, parents);

    private static Digest Value(ReadOnlySpan<byte> bytes, ulong firstChunk, bool isRoot, List<byte[]> parents)
    {
        if (bytes.Length <= Chunk)
            return ChunkValue(bytes, firstChunk, isRoot);
        // The left child has the largest power of two of chunks that leaves something to the right one.
        var left = Chunk << BitOperations.Log2((uint)((bytes.Length - 1) / Chunk));
        var parent = new byte[64];
        if (bytes.Length > BaoTree.FileGroupBytes)
            parents.Add(parent);
        Value(bytes[..left], firstChunk, isRoot: false, parents).CopyTo(parent);
        Value(bytes[left..], firstChunk + (ulong)(left / Chunk), isRoot: false, parents).CopyTo(parent.AsSpan(32));
        var value = new byte[32];
        Blake3Compression.HashParent(parent, Blake3Mode.Hash, isRoot ? Blake3Compression.Root : 0, value);
        return new Digest(value);
    }

    private static Digest ChunkValue(ReadOnlySpan<byte> bytes, ulong index, bool isRoot)
    {
        var chaining = Blake3Compression.Iv.ToArray();
        var blocks = Math.Max(1, (bytes.Length + 63) / 64);
        for (var i = 0; i < blocks; i++)
        {
            var block = new byte[64];
            var part = bytes[(i * 64)..Math.Min(bytes.Length, (i + 1) * 64)];
            part.CopyTo(block);
            var flags = (i == 0 ? 1u : 0) | (i == blocks - 1 ? 2u | (isRoot ? 8u : 0) : 0);
            Blake3Compression.Compress(chaining, block, (uint)part.Length, index, flags);
        }
        var value = new byte[32];
        Blake3Compression.WriteWords(chaining, value);
        return new Digest(value);
    }
}
