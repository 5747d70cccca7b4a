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

    private const byte StateVersion = 1;
    private const int StateHeadBytes = 1 + 8;

    private readonly Blake3Mode _mode;
    private readonly byte[] _stack = new byte[MaxDepth * Digest.Bytes];
    private readonly byte[] _chunk = new byte[ChunkBytes];
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
    [SkipLocalsInit]
    public void Update(ReadOnlySpan<byte> bytes)
    {
        Span<byte> values = stackalloc byte[MaxGroup * Digest.Bytes];
        while (!bytes.IsEmpty)
        {
            if (_chunkLength == ChunkBytes)
                PushHeldChunk();
            // Whole chunks go to the kernels from where they lie, but never the input's last one.
            if (_chunkLength == 0 && bytes.Length > ChunkBytes)
            {
                var count = Math.Min((bytes.Length - 1) / ChunkBytes, MaxGroup);
                Blake3Kernels.HashChunks(bytes[..(count * ChunkBytes)], _chunks, _mode, values);
                PushChunks(values, count);
                bytes = bytes[(count * ChunkBytes)..];
                continue;
            }
            var take = Math.Min(ChunkBytes - _chunkLength, bytes.Length);
            bytes[..take].CopyTo(_chunk.AsSpan(_chunkLength));
            _chunkLength += take;
            bytes = bytes[take..];
        }
    }

    /// <summary>Takes more bytes, with the other processors' help where there is enough to share.</summary>
    /// <remarks>As <see cref="Update"/> for less than a megabyte. Bounded by a task and 32 bytes of memory a megabyte.</remarks>
    public void UpdateParallel(ReadOnlySpan<byte> bytes)
    {
        // Up to where whole subtrees begin.
        var before = -Length & (Blake3Parallel.SubtreeBytes - 1);
        if (bytes.Length > before + (2 * Blake3Parallel.SubtreeBytes))
        {
            Update(bytes[..(int)before]);
            bytes = bytes[(int)before..];
            if (_chunkLength == ChunkBytes)
                PushHeldChunk();
            // The last byte stays back: the end of the input is not for a subtree that is never the root.
            var count = (bytes.Length - 1) / Blake3Parallel.SubtreeBytes;
            var values = new byte[count * Digest.Bytes];
            Blake3Parallel.Hash(bytes[..(count * Blake3Parallel.SubtreeBytes)], _chunks, _mode, values);
            for (var i = 0; i < count; i++)
                PushSubtree(values.AsSpan(i * Digest.Bytes, Digest.Bytes), BitOperations.Log2(Blake3Parallel.SubtreeBytes / ChunkBytes));
            bytes = bytes[(count * Blake3Parallel.SubtreeBytes)..];
        }
        Update(bytes);
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

    private void PushHeldChunk()
    {
        Span<byte> value = stackalloc byte[Digest.Bytes];
        HashChunk(_chunk, _chunks, _mode, 0, value);
        PushSubtree(value, 0);
        _chunkLength = 0;
    }

    /// <summary>Adds complete chunks' values: first as the largest subtrees that fit at their place, level by level, then onto the stack.</summary>
    private void PushChunks(Span<byte> values, int count)
    {
        while (count > 0)
        {
            var level = Math.Min(BitOperations.Log2((uint)count), _chunks == 0 ? MaxDepth : BitOperations.TrailingZeroCount(_chunks));
            for (var nodes = 1 << level; nodes > 1;)
                nodes = Blake3Subtree.ParentLevel(values, nodes, _mode);
            PushSubtree(values[..Digest.Bytes], level);
            values = values[(Digest.Bytes << level)..];
            count -= 1 << level;
        }
    }

    /// <summary>Adds a subtree of 2^level chunks, merging subtrees of equal size: as many as the new count has zeros beyond the level.</summary>
    private void PushSubtree(ReadOnlySpan<byte> value, int level)
    {
        Span<byte> children = stackalloc byte[2 * Digest.Bytes];
        value.CopyTo(children[Digest.Bytes..]);
        var depth = Depth;
        _chunks += 1UL << level;
        for (var merges = BitOperations.TrailingZeroCount(_chunks) - level; merges > 0; merges--)
        {
            depth--;
            _stack.AsSpan(depth * Digest.Bytes, Digest.Bytes).CopyTo(children);
            HashParent(children, _mode, 0, children[Digest.Bytes..]);
        }
        children[Digest.Bytes..].CopyTo(_stack.AsSpan(depth * Digest.Bytes));
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
