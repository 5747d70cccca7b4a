using ParquetSharp;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Texts from Parquet's native reader, which gives pointers that the next read makes invalid.</summary>
internal static class NativeTexts
{
    /// <summary>A view of a text; valid until its column is read on.</summary>
    public static unsafe ReadOnlySpan<byte> View(in ByteArray text) => new((void*)text.Pointer, text.Length);
}
