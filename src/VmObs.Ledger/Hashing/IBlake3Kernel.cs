namespace VmObs.Ledger.Hashing;

/// <summary>How whole chunks and pairs of chaining values are compressed, several at a time; the tree above is one code for every kernel.</summary>
internal interface IBlake3Kernel
{
    /// <summary>Whether this processor has the instructions.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>How many chunks or parents one call compresses side by side.</summary>
    static abstract int Lanes { get; }

    /// <summary>Chaining values of consecutive chunks that are not the root.</summary>
    /// <param name="chunks"><see cref="Lanes"/> times 1,024 bytes; those behind the last chunk are read and count for nothing.</param>
    /// <param name="last">Where the input ends; the last block's rest is zeros.</param>
    /// <param name="firstChunk">Absolute index of the first chunk.</param>
    /// <param name="values">32 bytes a lane.</param>
    static abstract void HashChunks(ReadOnlySpan<byte> chunks, LastChunk last, ulong firstChunk, Span<byte> values);

    /// <summary>Chaining values of parents that are not the root.</summary>
    /// <param name="children"><see cref="Lanes"/> times 64 bytes: the two children's values.</param>
    /// <param name="values">32 bytes a parent; may begin where the children do.</param>
    static abstract void HashParents(ReadOnlySpan<byte> children, Span<byte> values);
}

/// <summary>The last chunk of a pass, the only one that may be short.</summary>
/// <param name="Lane">Its lane; those behind it are idle.</param>
/// <param name="Bytes">Its bytes, 1 to 1,024.</param>
internal readonly record struct LastChunk(int Lane, int Bytes)
{
    /// <summary>Its blocks.</summary>
    public int Blocks => (Bytes + Blake3Compression.BlockBytes - 1) / Blake3Compression.BlockBytes;

    /// <summary>Bytes of its last block.</summary>
    public int EndBytes => Bytes - ((Blocks - 1) * Blake3Compression.BlockBytes);

    /// <summary>All lanes at work on whole chunks.</summary>
    public static LastChunk Whole(int lanes) => new(lanes - 1, Blake3Compression.ChunkBytes);
}
