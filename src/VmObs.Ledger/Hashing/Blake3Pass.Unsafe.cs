using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>What one pass through a kernel compresses: where each lane reads, how many blocks there are, with which flags.</summary>
/// <remarks>Idle lanes read what lane 0 reads, which costs nothing and needs no room behind the input.</remarks>
internal readonly unsafe ref struct Blake3Pass
{
    private readonly uint _firstFlag;

    private Blake3Pass(byte** lanes, int count, int blocks, uint flags, uint firstFlag, uint lastFlag)
    {
        Lanes = lanes;
        (Count, Blocks) = (count, blocks);
        (Flags, _firstFlag, LastFlag) = (flags, firstFlag, lastFlag);
        EndBlock = -1;
    }

    /// <summary>Where each lane's first block lies; the others follow it.</summary>
    public byte** Lanes { get; }

    /// <summary>Lanes that are not idle.</summary>
    public int Count { get; }

    /// <summary>Blocks a lane, but for the last one where it is short.</summary>
    public int Blocks { get; }

    /// <summary>Flags of every block.</summary>
    public uint Flags { get; }

    /// <summary>The last block's flag.</summary>
    public uint LastFlag { get; }

    /// <summary>The block in which a short last chunk ends; -1 where none is short.</summary>
    public int EndBlock { get; private init; }

    /// <summary>Bytes of that block; zeros follow.</summary>
    public int EndBytes { get; private init; }

    /// <summary>The flags that a block has beside those of every block.</summary>
    public uint FlagsOf(int block) => (block == 0 ? _firstFlag : 0) | (block == Blocks - 1 ? LastFlag : 0);

    /// <summary>A pass over consecutive chunks.</summary>
    /// <param name="input">The first one.</param>
    /// <param name="length">Bytes of all.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <param name="lanes">Room for as many pointers as the kernel has lanes.</param>
    /// <param name="width">How many lanes the kernel has.</param>
    /// <param name="copy">Room for a chunk, for the short last one: a lane reads whole blocks.</param>
    public static Blake3Pass OfChunks(byte* input, int length, Blake3Mode mode, byte** lanes, int width, byte* copy)
    {
        var count = (length + ChunkBytes - 1) / ChunkBytes;
        for (var lane = 0; lane < width; lane++)
            lanes[lane] = input + (lane < count ? lane * ChunkBytes : 0);
        var end = length - ((count - 1) * ChunkBytes);
        if (end == ChunkBytes)
            return new(lanes, count, ChunkBytes / BlockBytes, mode.Flags, ChunkStart, ChunkEnd);
        var endBlock = (end - 1) / BlockBytes;
        new ReadOnlySpan<byte>(lanes[count - 1], end).CopyTo(new Span<byte>(copy, end));
        new Span<byte>(copy + end, ((endBlock + 1) * BlockBytes) - end).Clear();
        lanes[count - 1] = copy;
        return new(lanes, count, ChunkBytes / BlockBytes, mode.Flags, ChunkStart, ChunkEnd) { EndBlock = endBlock, EndBytes = end - (endBlock * BlockBytes) };
    }

    /// <summary>A pass over parents: a block each.</summary>
    /// <param name="children">The first one's.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="mode">Hash, keyed or key derivation.</param>
    /// <param name="lanes">Room for as many pointers as the kernel has lanes.</param>
    /// <param name="width">How many lanes the kernel has.</param>
    public static Blake3Pass OfParents(byte* children, int count, Blake3Mode mode, byte** lanes, int width)
    {
        for (var lane = 0; lane < width; lane++)
            lanes[lane] = children + (lane < count ? lane * BlockBytes : 0);
        return new(lanes, count, 1, mode.Flags | Parent, 0, 0);
    }

    /// <summary>Of the lengths that a pass and its pointers trust.</summary>
    /// <exception cref="ArgumentException">They are not such as the kernel takes.</exception>
    public static void Check(int inputBytes, int laneBytes, int width, int valueBytes)
    {
        var count = (inputBytes + laneBytes - 1) / laneBytes;
        if (count < 1 || count > width || valueBytes < count * Digest.Bytes)
            throw new ArgumentException($"BUG: {inputBytes} bytes in and {valueBytes} out, wanted 1 to {width} times {laneBytes} and {Digest.Bytes} for each");
    }
}
