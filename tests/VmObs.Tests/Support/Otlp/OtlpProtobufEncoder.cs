using System.Buffers.Binary;
using System.Text;

namespace VmObs.Tests.Support.Otlp;

public sealed class OtlpProtobufEncoder : IOtlpEncoder
{
    private MemoryStream _out = new();

    public byte[] ToArray() => _out.ToArray();

    public void Scalar(int field, string name, OtlpScalar type, object value)
    {
        switch (type)
        {
            case OtlpScalar.Text: Bytes(field, Encoding.UTF8.GetBytes((string)value)); break;
            case OtlpScalar.Bytes or OtlpScalar.Id: Bytes(field, (byte[])value); break;
            case OtlpScalar.Bool: Tag(field, 0); Varint((bool)value ? 1UL : 0); break;
            case OtlpScalar.Fixed32: Tag(field, 5); Fixed(4, Convert.ToUInt32(value)); break;
            case OtlpScalar.Fixed64 or OtlpScalar.SFixed64 or OtlpScalar.Double: Tag(field, 1); Fixed(8, Bits(value)); break;
            case OtlpScalar.SInt32: Tag(field, 0); Varint(unchecked((uint)(((int)value << 1) ^ ((int)value >> 31)))); break;
            case OtlpScalar.UInt64: Tag(field, 0); Varint((ulong)value); break;
            default: Tag(field, 0); Varint(value is uint u ? u : unchecked((ulong)Convert.ToInt64(value))); break;
        }
    }

    public void Repeated<T>(int field, string name, OtlpScalar type, IReadOnlyList<T> values)
        where T : notnull
    {
        if (type == OtlpScalar.Text)
        {
            foreach (var value in values)
                Scalar(field, name, type, value);
            return;
        }
        var outer = _out;
        _out = new MemoryStream();
        foreach (var value in values)
        {
            if (type == OtlpScalar.UInt64)
                Varint(Bits(value));
            else
                Fixed(8, Bits(value));
        }
        var inner = _out.ToArray();
        _out = outer;
        Bytes(field, inner);
    }

    public void Message(int field, string name, Action body)
    {
        var outer = _out;
        _out = new MemoryStream();
        body();
        var inner = _out.ToArray();
        _out = outer;
        Bytes(field, inner);
    }

    public void Messages(int field, string name, IEnumerable<Action> bodies)
    {
        foreach (var body in bodies)
            Message(field, name, body);
    }

    private static ulong Bits(object value) => value switch
    {
        double d => BitConverter.DoubleToUInt64Bits(d),
        long l => unchecked((ulong)l),
        _ => (ulong)value,
    };

    private void Bytes(int field, byte[] value)
    {
        Tag(field, 2);
        Varint((ulong)value.Length);
        _out.Write(value);
    }

    private void Tag(int field, int type) => Varint((ulong)(field << 3 | type));

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _out.WriteByte((byte)(value | 0x80));
        _out.WriteByte((byte)value);
    }

    private void Fixed(int bytes, ulong value)
    {
        Span<byte> span = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(span, value);
        _out.Write(span[..bytes]);
    }
}
