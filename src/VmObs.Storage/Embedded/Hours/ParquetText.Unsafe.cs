using ParquetSharp;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Texts for Parquet's native writer, which takes pointers: copied into pinned arrays that live until <see cref="Clear"/>.</summary>
internal sealed class PinnedTexts
{
    private const int ChunkBytes = 1024 * 1024;
    private readonly List<byte[]> _chunks = [];
    private int _used;

    /// <summary>Copies a text in.</summary>
    public unsafe ByteArray Add(ReadOnlySpan<byte> text)
    {
        if (_chunks.Count == 0 || _chunks[^1].Length - _used < text.Length)
        {
            _chunks.Add(GC.AllocateUninitializedArray<byte>(Math.Max(ChunkBytes, text.Length), pinned: true));
            _used = 0;
        }
        var target = _chunks[^1].AsSpan(_used, text.Length);
        text.CopyTo(target);
        // The array is on the pinned heap and _chunks holds it, so the pointer outlives the fixed block.
        fixed (byte* pointer = &_chunks[^1][0])
        {
            var array = new ByteArray((nint)(pointer + _used), text.Length);
            _used += text.Length;
            return array;
        }
    }

    /// <summary>Forgets all texts; keeps the first array.</summary>
    public void Clear()
    {
        if (_chunks.Count > 1)
            _chunks.RemoveRange(1, _chunks.Count - 1);
        _used = 0;
    }
}

/// <summary>Texts from Parquet's native reader, which gives pointers that the next read makes invalid.</summary>
internal static class NativeTexts
{
    /// <summary>A view of a text; valid until its column is read on.</summary>
    public static unsafe ReadOnlySpan<byte> View(in ByteArray text) => new((void*)text.Pointer, text.Length);
}
