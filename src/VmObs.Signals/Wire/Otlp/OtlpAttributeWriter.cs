using System.Buffers.Binary;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Writes opentelemetry.proto.common.v1.KeyValue messages, for formats that are rewritten as OTLP.</summary>
internal static class OtlpAttributeWriter
{
    /// <summary>A text.</summary>
    public static void Text(PooledBuffer destination, int field, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (pair, any) = Begin(destination, field, key);
        ProtobufWriter.Bytes(destination, 1, value);
        End(destination, pair, any);
    }

    /// <summary>True or false.</summary>
    public static void Boolean(PooledBuffer destination, int field, ReadOnlySpan<byte> key, bool value)
    {
        var (pair, any) = Begin(destination, field, key);
        ProtobufWriter.Varint(destination, 2, value ? 1UL : 0);
        End(destination, pair, any);
    }

    /// <summary>An integer.</summary>
    public static void Integer(PooledBuffer destination, int field, ReadOnlySpan<byte> key, long value)
    {
        var (pair, any) = Begin(destination, field, key);
        ProtobufWriter.Varint(destination, 3, (ulong)value);
        End(destination, pair, any);
    }

    /// <summary>A float64.</summary>
    public static void Double(PooledBuffer destination, int field, ReadOnlySpan<byte> key, double value)
    {
        var (pair, any) = Begin(destination, field, key);
        ProtobufWriter.Fixed64(destination, 4, BitConverter.DoubleToUInt64Bits(value));
        End(destination, pair, any);
    }

    /// <summary>Bytes.</summary>
    public static void Bytes(PooledBuffer destination, int field, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var (pair, any) = Begin(destination, field, key);
        ProtobufWriter.Bytes(destination, 7, value);
        End(destination, pair, any);
    }

    /// <summary>A trace id's field, from its two halves.</summary>
    public static void TraceId(PooledBuffer destination, int field, ulong high, ulong low)
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(id, high);
        BinaryPrimitives.WriteUInt64BigEndian(id[8..], low);
        ProtobufWriter.Bytes(destination, field, id);
    }

    /// <summary>A span id's field.</summary>
    public static void SpanId(PooledBuffer destination, int field, ulong value)
    {
        Span<byte> id = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(id, value);
        ProtobufWriter.Bytes(destination, field, id);
    }

    private static (int Pair, int Any) Begin(PooledBuffer destination, int field, ReadOnlySpan<byte> key)
    {
        var pair = ProtobufWriter.BeginMessage(destination, field);
        ProtobufWriter.Bytes(destination, 1, key);
        return (pair, ProtobufWriter.BeginMessage(destination, 2));
    }

    private static void End(PooledBuffer destination, int pair, int any)
    {
        ProtobufWriter.EndMessage(destination, any);
        ProtobufWriter.EndMessage(destination, pair);
    }
}
