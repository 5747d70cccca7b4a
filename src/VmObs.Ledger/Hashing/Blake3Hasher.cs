using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>BLAKE3 over bytes that come in pieces; its state can be kept and taken up again later.</summary>
/// <remarks>
/// Not thread-safe. The state is the stack of chaining values of complete subtrees (one a set bit of the number of chunks that are merged,
/// 54 at most) and the last chunk's bytes, which are held back because only the end of the input tells how they are compressed.
/// </remarks>
public sealed class Blake3Hasher
{
    private const int MaxDepth = 54;

    // Chunks that are hashed before their parents are: large enough that most parents come sixteen at a time.
    private const int MaxGroup = 256;

    // A chunk that was held back is hashed together with those that follow it: alone it takes nearly as long.
    private const int HeldChunks = 8;

    private const byte StateVersion = 1;
    private const int StateHeadBytes = 1 + 8;

    private readonly Blake3Mode _mode;
    private readonly byte[] _stack = new byte[MaxDepth * Digest.Bytes];
    private readonly byte[] _chunk = new byte[HeldChunks * ChunkBytes];
    private int _chunkLength;
    private ulong _chunks;

    /// <summary>Begins a hash without a key.</summary>
    public Blake3Hasher()
        : this(Blake3Mode.Hash)
    {
    }

    /// <summary>Begins a hash in a mode.</summary>
    public Blake3Hasher(Blake3Mode mode) => _mode = mode;

    /// <summary>Bytes taken so far.</summary>
    public long Length => (long)_chunks * ChunkBytes + _chunkLength;

    // Of the stack, one entry a set bit of the number of merged chunks.
    private int Depth => BitOperations.PopCount(_chunks);

    /// <summary>Takes more bytes.</summary>
    public void Update(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_chunkLength == ChunkBytes || (_chunkLength == 0 && bytes.Length > ChunkBytes))
            {
                bytes = bytes[PushChunks(bytes)..];
                continue;
            }
            var take = Math.Min(ChunkBytes - _chunkLength, bytes.Length);
            bytes[..take].CopyTo(_chunk.AsSpan(_chunkLength));
            _chunkLength += take;
            bytes = bytes[take..];
        }
    }

    /// <summary>The hash of what was taken so far; more may follow.</summary>
    public Digest Finish()
    {
        Span<byte> hash = stackalloc byte[Digest.Bytes];
        Finish(hash);
        return new Digest(hash);
    }

    /// <summary>As many bytes as asked for: the first 32 are the hash, and so is any beginning of it that is long enough. More may follow.</summary>
    /// <param name="output">Any length. A derived key of another length than 32 bytes is made here.</param>
    public void Finish(Span<byte> output)
    {
        Span<uint> chaining = stackalloc uint[8];
        Span<byte> block = stackalloc byte[BlockBytes];
        var (length, flags) = AllButLastBlock(_chunk.AsSpan(0, _chunkLength), _chunks, _mode, chaining, block);
        var counter = _chunks;
        for (var depth = Depth; depth > 0; depth--)
        {
            // What was the right end becomes a parent's right child.
            Compress(chaining, block, length, counter, flags);
            _stack.AsSpan((depth - 1) * Digest.Bytes, Digest.Bytes).CopyTo(block);
            WriteWords(chaining, block[Digest.Bytes..]);
            _mode.Words.CopyTo(chaining);
            (length, flags, counter) = (BlockBytes, Parent | _mode.Flags, 0);
        }
        Expand(chaining, block, length, flags | Root, output);
    }

    /// <summary>Starts anew.</summary>
    public void Reset() => (_chunkLength, _chunks) = (0, 0);

    /// <summary>The state: version 1, u64 merged chunks, 32 bytes a stack entry, the last chunk's bytes. At most 2,761 bytes.</summary>
    /// <exception cref="InvalidOperationException">The mode has a key, which is no business of a state.</exception>
    public byte[] ExportState()
    {
        if (_mode != Blake3Mode.Hash)
            throw new InvalidOperationException("BUG: the state of a hash under a key cannot be kept");
        var stackBytes = Depth * Digest.Bytes;
        var state = new byte[StateHeadBytes + stackBytes + _chunkLength];
        state[0] = StateVersion;
        BinaryPrimitives.WriteUInt64LittleEndian(state.AsSpan(1), _chunks);
        _stack.AsSpan(0, stackBytes).CopyTo(state.AsSpan(StateHeadBytes));
        _chunk.AsSpan(0, _chunkLength).CopyTo(state.AsSpan(StateHeadBytes + stackBytes));
        return state;
    }

    /// <summary>Takes up a state where <see cref="ExportState"/> left it.</summary>
    /// <exception cref="FormatException">The bytes are not a state.</exception>
    public static Blake3Hasher ImportState(ReadOnlySpan<byte> state)
    {
        if (state.Length < StateHeadBytes || state[0] != StateVersion)
            throw new FormatException($"BLAKE3 state: {state.Length} bytes that do not begin with version {StateVersion}");
        var hasher = new Blake3Hasher { _chunks = BinaryPrimitives.ReadUInt64LittleEndian(state[1..]) };
        var stackBytes = hasher.Depth * Digest.Bytes;
        var chunkLength = state.Length - StateHeadBytes - stackBytes;
        if (hasher._chunks >> MaxDepth != 0 || chunkLength < 0 || chunkLength > ChunkBytes)
            throw new FormatException($"BLAKE3 state: {state.Length} bytes do not fit {hasher._chunks} merged chunks");
        state.Slice(StateHeadBytes, stackBytes).CopyTo(hasher._stack);
        state[(StateHeadBytes + stackBytes)..].CopyTo(hasher._chunk);
        hasher._chunkLength = chunkLength;
        return hasher;
    }

    /// <summary>Adds the chunk that was held back, if it is whole, and whole chunks from where they lie, but never the last one of what is there.</summary>
    /// <returns>Bytes that are taken.</returns>
    [SkipLocalsInit]
    private int PushChunks(ReadOnlySpan<byte> bytes)
    {
        Span<byte> nodes = stackalloc byte[(1 + HeldChunks + MaxGroup) * Digest.Bytes];
        var (count, taken) = (0, 0);
        if (_chunkLength == ChunkBytes)
        {
            taken = Math.Min(HeldChunks - 1, (bytes.Length - 1) / ChunkBytes) * ChunkBytes;
            bytes[..taken].CopyTo(_chunk.AsSpan(ChunkBytes));
            count = 1 + (taken / ChunkBytes);
            Blake3Kernels.HashChunks(_chunk.AsSpan(0, count * ChunkBytes), _chunks, _mode, nodes[Digest.Bytes..]);
            _chunkLength = 0;
        }
        var whole = Math.Min(MaxGroup, (bytes.Length - taken - 1) / ChunkBytes);
        Blake3Kernels.HashChunks(bytes.Slice(taken, whole * ChunkBytes), _chunks + (ulong)count, _mode, nodes[((1 + count) * Digest.Bytes)..]);
        Push(nodes, count + whole);
        return taken + (whole * ChunkBytes);
    }

    /// <summary>Adds consecutive whole chunks, merging what becomes a larger subtree level by level.</summary>
    /// <param name="nodes">Room for a value, then the chunks' values; replaced.</param>
    /// <param name="count">Number of chunks.</param>
    [SkipLocalsInit]
    private void Push(Span<byte> nodes, int count)
    {
        Span<byte> ends = stackalloc byte[MaxDepth * Digest.Bytes];
        var (depth, endCount, index) = (Depth, 0, _chunks);
        _chunks += (ulong)count;
        for (; count > 0; count /= 2, index /= 2)
        {
            // The first one is a right child, whose left one is on the stack.
            var first = (int)(~index & 1);
            if (first == 0)
            {
                _stack.AsSpan(--depth * Digest.Bytes, Digest.Bytes).CopyTo(nodes);
                count++;
            }
            // The last one is a left child, whose right one is still to come.
            if (count % 2 == 1)
                nodes.Slice((first + count - 1) * Digest.Bytes, Digest.Bytes).CopyTo(ends[(endCount++ * Digest.Bytes)..]);
            Blake3Kernels.HashParents(nodes.Slice(first * Digest.Bytes, count / 2 * BlockBytes), _mode, nodes[Digest.Bytes..]);
        }
        while (endCount > 0)
            ends.Slice(--endCount * Digest.Bytes, Digest.Bytes).CopyTo(_stack.AsSpan(depth++ * Digest.Bytes));
    }

    /// <summary>The root's compression, again and again with a counter, for as many bytes as are asked for.</summary>
    [SkipLocalsInit]
    private static void Expand(ReadOnlySpan<uint> chaining, ReadOnlySpan<byte> block, uint blockLength, uint flags, Span<byte> output)
    {
        Span<uint> words = stackalloc uint[16];
        Span<byte> bytes = stackalloc byte[BlockBytes];
        for (ulong counter = 0; !output.IsEmpty; counter++)
        {
            Blake3ScalarCompression.Expand(chaining, block, blockLength, counter, flags, words);
            WriteWords(words, bytes);
            var take = Math.Min(BlockBytes, output.Length);
            bytes[..take].CopyTo(output);
            output = output[take..];
        }
    }
}
