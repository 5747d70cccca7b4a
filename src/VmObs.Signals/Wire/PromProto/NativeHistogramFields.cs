namespace VmObs.Signals.Wire.PromProto;

/// <summary>Makes remote_write's Histogram of the one that targets expose: the same message under other numbers.</summary>
/// <remarks>Spans, deltas and counts keep their bytes, packed or not.
/// https://github.com/prometheus/client_model and https://prometheus.io/docs/specs/prw/remote_write_spec/.</remarks>
internal static class NativeHistogramFields
{
    private const int GaugeHint = 3;

    // Fields 1 to 16.
    private const ulong Known = (1UL << 17) - 2;

    /// <summary>Writes the fields of a histogram.</summary>
    /// <param name="message">The exposed one.</param>
    /// <param name="isFloat">Whether its counts are.</param>
    /// <param name="isGauge">Whether it may fall.</param>
    /// <param name="into">Gets them.</param>
    public static void Write(ProtobufReader message, bool isFloat, bool isGauge, PooledBuffer into)
    {
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Varint: Whole(into, 1, message.ReadVarint(), !isFloat); break;
                case 4 << 3 | ProtobufReader.Fixed64: Float(into, 2, message.ReadFixed64(), isFloat); break;
                case 2 << 3 | ProtobufReader.Fixed64: ProtobufWriter.Fixed64(into, 3, message.ReadFixed64()); break;
                case 5 << 3 | ProtobufReader.Varint: ProtobufWriter.Varint(into, 4, message.ReadVarint()); break;
                case 6 << 3 | ProtobufReader.Fixed64: ProtobufWriter.Fixed64(into, 5, message.ReadFixed64()); break;
                case 7 << 3 | ProtobufReader.Varint: Whole(into, 6, message.ReadVarint(), !isFloat); break;
                case 8 << 3 | ProtobufReader.Fixed64: Float(into, 7, message.ReadFixed64(), isFloat); break;
                default: WriteBuckets(ref message, into); break;
            }
        }
        if (isGauge)
            ProtobufWriter.Varint(into, 14, GaugeHint);
    }

    private static void WriteBuckets(ref ProtobufReader message, PooledBuffer into)
    {
        var field = message.Tag >> 3;
        switch ((field, message.Tag & 7))
        {
            // Spans, deltas and counts, of negative buckets from 9 on, of positive ones from 12 on; each is one lower there.
            case (>= 9 and <= 14, ProtobufReader.Bytes): ProtobufWriter.Bytes(into, (int)field - 1, message.ReadBytes()); break;
            case (10 or 13, ProtobufReader.Varint): ProtobufWriter.Varint(into, (int)field - 1, message.ReadVarint()); break;
            case (11 or 14, ProtobufReader.Fixed64): ProtobufWriter.Fixed64(into, (int)field - 1, message.ReadFixed64()); break;
            // Classic buckets, the time since when it counts, and exemplars.
            case (3 or 15 or 16, ProtobufReader.Bytes): message.ReadBytes(); break;
            default: message.Skip(Known); break;
        }
    }

    private static void Whole(PooledBuffer into, int field, ulong value, bool isWanted)
    {
        if (isWanted)
            ProtobufWriter.Varint(into, field, value);
    }

    private static void Float(PooledBuffer into, int field, ulong bits, bool isWanted)
    {
        if (isWanted)
            ProtobufWriter.Fixed64(into, field, bits);
    }
}
