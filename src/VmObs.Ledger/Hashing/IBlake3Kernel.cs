namespace VmObs.Ledger.Hashing;

/// <summary>How chunks and pairs of chaining values are compressed, several side by side; the tree above is one code for every kernel.</summary>
internal interface IBlake3Kernel
{
    /// <summary>Whether this processor has the instructions.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>How many chunks or parents one call compresses side by side. A pass takes as long for one as for all.</summary>
    static abstract int Lanes { get; }

    /// <summary>Chaining values of consecutive chunks that are not the root.</summary>
    /// <param name="chunks">One to <see cref="Lanes"/> chunks; the last one may be short, not empty.</param>
    /// <param name="firstChunk">Absolute index of the first chunk.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <param name="values">32 bytes a chunk; those behind them stay as they are.</param>
    static abstract void HashChunks(ReadOnlySpan<byte> chunks, ulong firstChunk, Blake3Mode mode, Span<byte> values);

    /// <summary>Chaining values of parents that are not the root.</summary>
    /// <param name="children">One to <see cref="Lanes"/> times 64 bytes: the two children's values.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <param name="values">32 bytes a parent; may begin where the children do, or 32 bytes behind.</param>
    static abstract void HashParents(ReadOnlySpan<byte> children, Blake3Mode mode, Span<byte> values);
}
