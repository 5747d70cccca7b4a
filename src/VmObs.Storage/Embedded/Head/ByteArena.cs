namespace VmObs.Storage.Embedded.Head;

/// <summary>Bytes that are appended and never move, so that readers may hold memory of them while the writer goes on.</summary>
/// <remarks>One writer. Dropped as a whole, to the garbage collector: readers may still hold parts.</remarks>
internal sealed class ByteArena
{
    // Chunks double up to this, so that an arena with little in it costs little.
    private const int MaxChunkBytes = 256 * 1024;
    private int _chunkBytes = 2 * 1024;
    private byte[] _chunk = [];
    private int _used;

    /// <summary>Copies the bytes in and returns where they stay.</summary>
    public ReadOnlyMemory<byte> Add(ReadOnlySpan<byte> bytes)
    {
        if (_chunk.Length - _used < bytes.Length)
        {
            _chunkBytes = Math.Min(_chunkBytes * 2, MaxChunkBytes);
            _chunk = GC.AllocateUninitializedArray<byte>(Math.Max(_chunkBytes, bytes.Length));
            _used = 0;
        }
        var memory = _chunk.AsMemory(_used, bytes.Length);
        bytes.CopyTo(memory.Span);
        _used += bytes.Length;
        return memory;
    }
}
