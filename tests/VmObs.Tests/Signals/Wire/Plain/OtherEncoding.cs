using System.Buffers.Binary;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace VmObs.Tests.Signals.Wire.Plain;

/// <summary>Encodes a message in another way that means the same: fields in any order, packed numbers in pieces or one by one, fields that
/// nobody knows among them, varints longer than they need be.</summary>
internal sealed class OtherEncoding(Random random)
{
    public static byte[] Of(IMessage message, int seed)
    {
        var bytes = new OtherEncoding(new Random(seed)).Encode(message);
        Assert.Equal(message, message.Descriptor.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes));
        return bytes;
    }

    private byte[] Encode(IMessage message)
    {
        // Repeated fields keep the order among themselves; nothing else has one.
        var queues = message.Descriptor.Fields.InFieldNumberOrder().Select(field => new Queue<byte[]>(Pieces(message, field))).Where(queue => queue.Count > 0).ToList();
        var output = new MemoryStream();
        while (queues.Count > 0)
        {
            if (random.Next(12) == 0)
                output.Write(Unknown());
            var queue = queues[random.Next(queues.Count)];
            output.Write(queue.Dequeue());
            if (queue.Count == 0)
                queues.Remove(queue);
        }
        return output.ToArray();
    }

    private IEnumerable<byte[]> Pieces(IMessage message, FieldDescriptor field)
    {
        var value = field.Accessor.GetValue(message);
        if (field.IsRepeated)
        {
            var items = ((System.Collections.IEnumerable)value).Cast<object>().ToList();
            return field.FieldType is not (FieldType.String or FieldType.Bytes or FieldType.Message) ? Numbers(field, items) : items.Select(item => One(field, item));
        }
        if (field.HasPresence ? !field.Accessor.HasValue(message) : value is null || IsDefault(value))
            return [];
        return [One(field, value)];
    }

    private static bool IsDefault(object value) => value switch
    {
        string text => text.Length == 0,
        ByteString bytes => bytes.Length == 0,
        Enum number => Convert.ToInt32(number) == 0,
        double number => BitConverter.DoubleToUInt64Bits(number) == 0,
        bool flag => !flag,
        _ => Convert.ToDecimal(value) == 0,
    };

    private IEnumerable<byte[]> Numbers(FieldDescriptor field, List<object> items)
    {
        while (items.Count > 0)
        {
            var count = random.Next(1, items.Count + 1);
            var piece = items[..count];
            items = items[count..];
            if (random.Next(2) == 0)
            {
                foreach (var item in piece)
                    yield return One(field, item);
                continue;
            }
            byte[] packed = [.. piece.SelectMany(item => Scalar(field, item).Bytes)];
            yield return [.. Short((ulong)field.FieldNumber << 3 | 2), .. Short((ulong)packed.Length), .. packed];
        }
    }

    private byte[] One(FieldDescriptor field, object value)
    {
        var (type, bytes) = Scalar(field, value);
        return [.. Short((ulong)field.FieldNumber << 3 | type), .. type == 2 ? Short((ulong)bytes.Length) : [], .. bytes];
    }

    private (uint Type, byte[] Bytes) Scalar(FieldDescriptor field, object value) => field.FieldType switch
    {
        FieldType.Message => (2, Encode((IMessage)value)),
        FieldType.String => (2, System.Text.Encoding.UTF8.GetBytes((string)value)),
        FieldType.Bytes => (2, ((ByteString)value).ToByteArray()),
        FieldType.Double => (1, Fixed(BitConverter.DoubleToUInt64Bits((double)value))),
        FieldType.Fixed64 => (1, Fixed((ulong)value)),
        FieldType.SFixed64 => (1, Fixed(unchecked((ulong)(long)value))),
        FieldType.Fixed32 => (5, BitConverter.GetBytes((uint)value)),
        FieldType.SInt32 => (0, Long(unchecked((uint)(((int)value << 1) ^ ((int)value >> 31))))),
        FieldType.SInt64 => (0, Long(unchecked((ulong)(((long)value << 1) ^ ((long)value >> 63))))),
        FieldType.Bool => (0, Long((bool)value ? 1u : 0)),
        FieldType.UInt64 => (0, Long((ulong)value)),
        FieldType.UInt32 => (0, Long((uint)value)),
        FieldType.Enum or FieldType.Int32 or FieldType.Int64 => (0, Long(unchecked((ulong)Convert.ToInt64(value)))),
        _ => throw new NotSupportedException($"no field of these protocols has type {field.FieldType}"),
    };

    /// <summary>A field far beyond those of the protocols, of any wire type.</summary>
    private byte[] Unknown()
    {
        const ulong Number = 5000;
        return random.Next(5) switch
        {
            0 => [.. Short(Number << 3), .. Short(300)],
            1 => [.. Short(Number << 3 | 1), .. Fixed(7)],
            2 => [.. Short(Number << 3 | 2), 3, 1, 2, 3],
            3 => [.. Short(Number << 3 | 3), .. Short(1 << 3), 9, .. Short(Number << 3 | 4)],
            _ => [.. Short(Number << 3 | 5), 1, 2, 3, 4],
        };
    }

    private static byte[] Fixed(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>A varint, at times with groups of zeros that it need not have.</summary>
    private byte[] Long(ulong value)
    {
        var bytes = Short(value);
        if (random.Next(20) != 0 || bytes.Length > 4)
            return bytes;
        bytes[^1] |= 0x80;
        return random.Next(2) == 0 ? [.. bytes, 0] : [.. bytes, 0x80, 0];
    }

    private static byte[] Short(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
