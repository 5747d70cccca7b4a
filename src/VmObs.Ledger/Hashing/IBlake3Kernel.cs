namespace VmObs.Ledger.Hashing;

/// <summary>How whole chunks and pairs of chaining values are compressed, several at a time; the tree above is one code for every kernel.</summary>
internal interface IBlake3Kernel
{
    /// <summary>Whether this processor has the instructions.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>How many chunks or parents one call compresses side by side.</summary>
    static abstract int Lanes { get; }

    /// <summary>Chaining values of consecutive whole chunks that are not the root.</summary>
    /// <param name="chunks"><see cref="Lanes"/> times 1,024 bytes.</param>
    /// <param name="firstChunk">Absolute index of the first chunk.</param>
    /// <param name="values">32 bytes a chunk.</param>
    static abstract void HashChunks(ReadOnlySpan<byte> chunks, ulong firstChunk, Span<byte> values);

    /// <summary>Chaining values of parents that are not the root.</summary>
    /// <param name="children"><see cref="Lanes"/> times 64 bytes: the two children's values.</param>
    /// <param name="values">32 bytes a parent; may begin where the children do.</param>
    static abstract void HashParents(ReadOnlySpan<byte> children, Span<byte> values);
}
