namespace VmObs.Ledger.Hashing;

/// <summary>Subtrees of a large input, each on whichever processor is free.</summary>
internal static unsafe class Blake3Parallel
{
    /// <summary>Bytes of a subtree: long beside what handing it to a thread takes, short enough that all threads end at about the same time.</summary>
    public const int SubtreeBytes = 512 * 1024;

    /// <summary>Chaining values of consecutive subtrees that are not the root.</summary>
    /// <param name="bytes">A multiple of <see cref="SubtreeBytes"/>.</param>
    /// <param name="firstChunk">Absolute index of the first chunk; a multiple of a subtree's.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <param name="values">32 bytes a subtree.</param>
    public static void Hash(ReadOnlySpan<byte> bytes, ulong firstChunk, Blake3Mode mode, Memory<byte> values)
    {
        fixed (byte* input = bytes)
        {
            // Other threads take no span; the input stays pinned until all are done.
            var start = (nint)input;
            Parallel.For(0, bytes.Length / SubtreeBytes, i =>
            {
                var subtree = new ReadOnlySpan<byte>((byte*)start + ((nint)i * SubtreeBytes), SubtreeBytes);
                var offset = ((long)firstChunk * Blake3Compression.ChunkBytes) + ((long)i * SubtreeBytes);
                Blake3Subtree.ChainingValue(subtree, offset, mode).CopyTo(values.Span[(i * Digest.Bytes)..]);
            });
        }
    }
}
