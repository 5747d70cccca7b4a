using System.Text;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Writes structs in Thrift's compact protocol, which is what Parquet's headers and footer are.</summary>
/// <remarks>
/// Not thread-safe. A field is <c>(difference of its number to the last one's &lt;&lt; 4 | type) value</c>, a struct ends in 00; numbers are signed
/// varints: field 1 = 2 (i32), field 3 = "a" (binary) is <c>15 04 28 01 61 00</c>.
/// Source: github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
/// </remarks>
internal sealed class ThriftCompactWriter(PooledBuffer destination)
{
    private const byte True = 1, False = 2, Byte = 3, I32 = 5, I64 = 6, Binary = 8, List = 9, Struct = 12;
    private const int MaxShortList = 14;

    private readonly Stack<int> _outer = [];
    private int _last;

    /// <summary>Begins a struct that stands by itself or in a list; <see cref="EndStruct"/> ends it.</summary>
    public void BeginStruct()
    {
        _outer.Push(_last);
        _last = 0;
    }

    /// <summary>Begins a struct in a field.</summary>
    public void BeginStruct(int field)
    {
        Head(field, Struct);
        BeginStruct();
    }

    /// <summary>Ends the innermost struct.</summary>
    public void EndStruct()
    {
        destination.WriteByte(0);
        _last = _outer.Pop();
    }

    /// <summary>A struct without fields, as unions of names have.</summary>
    public void EmptyStruct(int field)
    {
        BeginStruct(field);
        EndStruct();
    }

    public void Boolean(int field, bool value) => Head(field, value ? True : False);

    public void Int8(int field, sbyte value)
    {
        Head(field, Byte);
        destination.WriteByte((byte)value);
    }

    public void Int32(int field, int value)
    {
        Head(field, I32);
        Number(value);
    }

    public void Int64(int field, long value)
    {
        Head(field, I64);
        Number(value);
    }

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Head(field, Binary);
        BytesItem(value);
    }

    public void Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Begins a list of structs, each between <see cref="BeginStruct()"/> and <see cref="EndStruct"/>.</summary>
    public void StructList(int field, int count) => ListHead(field, count, Struct);

    /// <summary>Begins a list of byte strings, each by <see cref="BytesItem"/>.</summary>
    public void BytesList(int field, int count) => ListHead(field, count, Binary);

    /// <summary>Begins a list of booleans, each by <see cref="BooleanItem"/>.</summary>
    public void BooleanList(int field, int count) => ListHead(field, count, True);

    /// <summary>Begins a list of numbers, each by <see cref="NumberItem"/>.</summary>
    public void Int32List(int field, int count) => ListHead(field, count, I32);

    public void NumberItem(long value) => Number(value);

    public void BooleanItem(bool value) => destination.WriteByte(value ? True : False);

    public void BytesItem(ReadOnlySpan<byte> value)
    {
        Varint.Write(destination, (ulong)value.Length);
        destination.Write(value);
    }

    private void ListHead(int field, int count, byte type)
    {
        Head(field, List);
        if (count <= MaxShortList)
        {
            destination.WriteByte((byte)((count << 4) | type));
            return;
        }
        destination.WriteByte((byte)(0xF0 | type));
        Varint.Write(destination, (ulong)count);
    }

    private void Head(int field, byte type)
    {
        // Parquet's structs have few fields, so that the short form of a head always does.
        if (field - _last is not (> 0 and < 16) and var step)
            throw new InvalidOperationException($"BUG: field {field} comes {step} after the last one");
        destination.WriteByte((byte)(((field - _last) << 4) | type));
        _last = field;
    }

    private void Number(long value)
    {
        destination.Advance(Varint.WriteSigned(destination.GetSpan(Varint.MaxBytes), value));
    }
}
