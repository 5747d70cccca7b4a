using ParquetSharp;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Texts for Parquet's native writer, which takes pointers: copied into pinned arrays that live until <see cref="Clear"/>.</summary>
/// <remarks>Not thread-safe. Bounded by <see cref="ParquetTable.RowGroupTextBytes"/> and one record.</remarks>
internal sealed class PinnedTexts
{
    private const int ChunkBytes = 1024 * 1024;
    private readonly List<byte[]> _chunks = [];
    private int _current = -1;
    private int _used;

    /// <summary>Bytes copied in since <see cref="Clear"/>.</summary>
    public long Length { get; private set; }

    /// <summary>Copies a text in.</summary>
    public unsafe ByteArray Add(ReadOnlySpan<byte> text)
    {
        if (_current < 0 || _chunks[_current].Length - _used < text.Length)
            NextChunk(text.Length);
        var chunk = _chunks[_current];
        text.CopyTo(chunk.AsSpan(_used));
        // The array is on the pinned heap and _chunks holds it, so the pointer outlives the fixed block.
        fixed (byte* pointer = &chunk[0])
        {
            var array = new ByteArray((nint)(pointer + _used), text.Length);
            _used += text.Length;
            Length += text.Length;
            return array;
        }
    }

    /// <summary>Forgets all texts; keeps arrays of the ordinary size for the next ones.</summary>
    public void Clear()
    {
        _chunks.RemoveAll(chunk => chunk.Length > ChunkBytes);
        (_current, _used, Length) = (-1, 0, 0);
    }

    private void NextChunk(int length)
    {
        _current++;
        _used = 0;
        if (_current < _chunks.Count && _chunks[_current].Length >= length)
            return;
        _chunks.Insert(_current, GC.AllocateUninitializedArray<byte>(Math.Max(ChunkBytes, length), pinned: true));
    }
}
