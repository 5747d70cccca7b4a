using System.Runtime.InteropServices;
using ParquetSharp;

namespace VmObs.Tests.Storage.Parquet;

/// <summary>Texts to and from Parquet's native code, which has pointers: those that it gives are invalid after the next read.</summary>
internal static class NativeTexts
{
    /// <summary>A view of a text; valid until its column is read on.</summary>
    public static unsafe ReadOnlySpan<byte> View(in ByteArray text) => new((void*)text.Pointer, text.Length);

    /// <summary>Writes texts; an empty one is none in an optional column.</summary>
    public static void Write(ColumnWriter<ByteArray> column, byte[][] texts, bool isOptional)
    {
        var handles = Array.ConvertAll(texts, text => GCHandle.Alloc(text, GCHandleType.Pinned));
        try
        {
            var values = handles.Zip(texts, (handle, text) => new ByteArray(handle.AddrOfPinnedObject(), text.Length)).ToArray();
            if (isOptional)
                column.WriteBatch(texts.Length, Array.ConvertAll(texts, text => (short)(text.Length > 0 ? 1 : 0)), default, Array.FindAll(values, value => value.Length > 0));
            else
                column.WriteBatch(values);
        }
        finally
        {
            foreach (var handle in handles)
                handle.Free();
        }
    }
}
