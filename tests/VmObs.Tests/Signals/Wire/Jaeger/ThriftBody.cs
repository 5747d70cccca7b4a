using System.Buffers.Binary;
using System.Text;

namespace VmObs.Tests.Signals.Wire.Jaeger;

/// <summary>Writes Thrift's binary protocol.</summary>
internal sealed class ThriftBody
{
    private readonly MemoryStream _bytes = new();

    public byte[] ToArray() => _bytes.ToArray();

    public ThriftBody Text(short field, string value) => Head(11, field).Raw32(Encoding.UTF8.GetByteCount(value)).Raw(Encoding.UTF8.GetBytes(value));

    public ThriftBody I32(short field, int value) => Head(8, field).Raw32(value);

    public ThriftBody I64(short field, long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return Head(10, field).Raw(bytes);
    }

    public ThriftBody Double(short field, double value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        return Head(4, field).Raw(bytes);
    }

    public ThriftBody Bool(short field, bool value) => Head(2, field).Raw([value ? (byte)1 : (byte)0]);

    public ThriftBody Struct(short field, Action<ThriftBody> write)
    {
        Head(12, field);
        write(this);
        return Stop();
    }

    public ThriftBody Structs(short field, params Action<ThriftBody>[] items)
    {
        Head(15, field).Raw([12]).Raw32(items.Length);
        foreach (var write in items)
        {
            write(this);
            Stop();
        }
        return this;
    }

    /// <summary>A map of texts to lists of numbers, which no reader here knows.</summary>
    public ThriftBody Unknown(short field)
    {
        Head(13, field).Raw([11, 15]).Raw32(1).Raw32(1).Raw("k"u8.ToArray()).Raw([8]).Raw32(2).Raw32(1).Raw32(2);
        return this;
    }

    public ThriftBody Stop() => Raw([0]);

    private ThriftBody Head(byte type, short field) => Raw([type, (byte)(field >> 8), (byte)field]);

    private ThriftBody Raw32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return Raw(bytes);
    }

    private ThriftBody Raw(byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }
}
