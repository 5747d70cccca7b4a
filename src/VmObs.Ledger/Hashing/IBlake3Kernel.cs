namespace VmObs.Ledger.Hashing;

/// <summary>How whole chunks and pairs of chaining values are compressed; the tree above is one code for every kernel.</summary>
internal interface IBlake3Kernel
{
    /// <summary>Chaining values of consecutive whole chunks (1,024 bytes each) that are not the root.</summary>
    /// <param name="chunks">A multiple of 1,024 bytes.</param>
    /// <param name="firstChunk">Absolute index of the first chunk.</param>
    /// <param name="values">32 bytes a chunk.</param>
    static abstract void HashChunks(ReadOnlySpan<byte> chunks, ulong firstChunk, Span<byte> values);
}
