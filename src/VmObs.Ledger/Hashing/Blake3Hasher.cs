using System.Buffers.Binary;
using System.Numerics;
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
    public void Update(ReadOnlySpan<byte> bytes)
    {
        Span<byte> values = stackalloc byte[16 * Digest.Bytes];
        while (!bytes.IsEmpty)
        {
            if (_chunkLength == ChunkBytes)
            {
                Blake3ScalarKernel.HashChunks(_chunk, _chunks, values);
                Push(values[..Digest.Bytes]);
                _chunkLength = 0;
            }
            // Whole chunks go to the kernel from where they lie, but never the input's last one.
            if (_chunkLength == 0 && bytes.Length > ChunkBytes)
            {
                var count = Math.Min((bytes.Length - 1) / ChunkBytes, 16);
                Blake3ScalarKernel.HashChunks(bytes[..(count * ChunkBytes)], _chunks, values);
                for (var i = 0; i < count; i++)
                    Push(values.Slice(i * Digest.Bytes, Digest.Bytes));
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
        FinishChunk(depth == 0 ? Root : 0, children[Digest.Bytes..]);
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

    /// <summary>Adds a complete chunk's value, merging subtrees of equal size: as many as the new count has trailing zeros.</summary>
    private void Push(ReadOnlySpan<byte> value)
    {
        Span<byte> children = stackalloc byte[2 * Digest.Bytes];
        value.CopyTo(children[Digest.Bytes..]);
        var depth = Depth;
        _chunks++;
        for (var merges = BitOperations.TrailingZeroCount(_chunks); merges > 0; merges--)
        {
            depth--;
            _stack.AsSpan(depth * Digest.Bytes, Digest.Bytes).CopyTo(children);
            CompressParent(children, 0, children[Digest.Bytes..]);
        }
        children[Digest.Bytes..].CopyTo(_stack.AsSpan(depth * Digest.Bytes));
    }

    private void FinishChunk(uint rootFlag, Span<byte> value)
    {
        Span<uint> chaining = stackalloc uint[8];
        Span<byte> block = stackalloc byte[BlockBytes];
        Iv.CopyTo(chaining);
        var blocks = Math.Max(1, (_chunkLength + BlockBytes - 1) / BlockBytes);
        for (var i = 0; i < blocks; i++)
        {
            var length = Math.Min(BlockBytes, _chunkLength - i * BlockBytes);
            block.Clear();
            _chunk.AsSpan(i * BlockBytes, length).CopyTo(block);
            var flags = (i == 0 ? ChunkStart : 0) | (i == blocks - 1 ? ChunkEnd | rootFlag : 0);
            Compress(chaining, block, (uint)length, _chunks, flags);
        }
        WriteWords(chaining, value);
    }
}
