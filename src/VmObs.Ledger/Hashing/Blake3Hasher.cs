using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>BLAKE3, 32 bytes of output, over bytes that come in pieces; its state can be kept and taken up again later.</summary>
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

    private readonly byte[] _stack = new byte[MaxDepth * Digest.Bytes];
    private readonly byte[] _chunk = new byte[ChunkBytes];
    private int _chunkLength;
    private ulong _chunks;

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
            {
                Blake3Kernels.HashChunks(_chunk, _chunks, values);
                PushChunks(values, 1);
                _chunkLength = 0;
            }
            // Whole chunks go to the kernels from where they lie, but never the input's last one.
            if (_chunkLength == 0 && bytes.Length > ChunkBytes)
            {
                var count = Math.Min((bytes.Length - 1) / ChunkBytes, MaxGroup);
                Blake3Kernels.HashChunks(bytes[..(count * ChunkBytes)], _chunks, values);
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

    /// <summary>The hash of what was taken so far; more may follow.</summary>
    public Digest Finish()
    {
        Span<byte> children = stackalloc byte[2 * Digest.Bytes];
        var depth = Depth;
        CompressChunk(_chunk.AsSpan(0, _chunkLength), _chunks, depth == 0 ? Root : 0, children[Digest.Bytes..]);
        while (depth > 0)
        {
            depth--;
            _stack.AsSpan(depth * Digest.Bytes, Digest.Bytes).CopyTo(children);
            CompressParent(children, depth == 0 ? Root : 0, children[Digest.Bytes..]);
        }
        return new Digest(children[Digest.Bytes..]);
    }

    /// <summary>Starts anew.</summary>
    public void Reset() => (_chunkLength, _chunks) = (0, 0);

    /// <summary>The state: version 1, u64 merged chunks, 32 bytes a stack entry, the last chunk's bytes. At most 2,761 bytes.</summary>
    public byte[] ExportState()
    {
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

    /// <summary>Adds complete chunks' values: first as the largest subtrees that fit at their place, level by level, then onto the stack.</summary>
    private void PushChunks(Span<byte> values, int count)
    {
        while (count > 0)
        {
            var level = Math.Min(BitOperations.Log2((uint)count), _chunks == 0 ? MaxDepth : BitOperations.TrailingZeroCount(_chunks));
            for (var nodes = 1 << level; nodes > 1; nodes /= 2)
                Blake3Kernels.HashParents(values[..(nodes * Digest.Bytes)], values);
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
            CompressParent(children, 0, children[Digest.Bytes..]);
        }
        children[Digest.Bytes..].CopyTo(_stack.AsSpan(depth * Digest.Bytes));
    }
}
