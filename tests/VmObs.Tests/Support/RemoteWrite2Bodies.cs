using VmObs.Signals;
using VmObs.Signals.Wire;

namespace VmObs.Tests.Support;

/// <summary>Writes the protobuf of Prometheus remote_write 2.0 requests.</summary>
public static class RemoteWrite2Bodies
{
    /// <summary>io.prometheus.write.v2.Request; the first symbol is the empty text, as the specification has it.</summary>
    public static byte[] Write(IReadOnlyList<PushBodies.Series> series, int type = 0, string unit = "")
    {
        var symbols = new Dictionary<string, uint> { [""] = 0 };
        using var message = new PooledBuffer();
        using var refs = new PooledBuffer();
        uint Ref(string text)
        {
            if (!symbols.TryGetValue(text, out var known))
                symbols.Add(text, known = (uint)symbols.Count);
            return known;
        }
        foreach (var one in series)
        {
            var mark = ProtobufWriter.BeginMessage(message, 5);
            refs.Clear();
            foreach (var (name, value) in one.Labels)
            {
                Varint(refs, Ref(name));
                Varint(refs, Ref(value));
            }
            ProtobufWriter.Bytes(message, 1, refs.WrittenSpan);
            foreach (var (value, millis) in one.Samples)
            {
                var sample = ProtobufWriter.BeginMessage(message, 2);
                ProtobufWriter.Fixed64(message, 1, BitConverter.DoubleToUInt64Bits(value));
                ProtobufWriter.Varint(message, 2, (ulong)millis);
                ProtobufWriter.EndMessage(message, sample);
            }
            // A schema that is none, 100 in zigzag.
            for (var i = 0; i < one.BadHistograms; i++)
                ProtobufWriter.Bytes(message, 3, [4 << 3, 200, 1]);
            var metadata = ProtobufWriter.BeginMessage(message, 5);
            ProtobufWriter.Varint(message, 1, (ulong)type);
            ProtobufWriter.Varint(message, 4, Ref(unit));
            ProtobufWriter.EndMessage(message, metadata);
            ProtobufWriter.Varint(message, 6, 1);
            ProtobufWriter.EndMessage(message, mark);
        }
        // In the order in which they were added, which is that of their numbers.
        foreach (var symbol in symbols.OrderBy(static pair => pair.Value).Select(static pair => pair.Key))
            ProtobufWriter.Bytes(message, 4, System.Text.Encoding.UTF8.GetBytes(symbol));
        return message.WrittenSpan.ToArray();
    }

    private static void Varint(PooledBuffer buffer, uint value)
    {
        for (; value >= 0x80; value >>= 7)
            buffer.WriteByte((byte)(value | 0x80));
        buffer.WriteByte((byte)value);
    }
}
