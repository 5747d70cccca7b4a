using VmObs.Signals;
using VmObs.Signals.Wire;

namespace VmObs.Fuzz;

/// <summary>Requests of remote_write with a native histogram and an exemplar.</summary>
internal static class NativeBodies
{
    private const ulong Millis = 1_765_031_415_000;

    public static byte[] Version1 => Write(static request => Message(request, 1, static series =>
    {
        Message(series, 1, static label => Texts(label, "__name__", "h"));
        Message(series, 3, static exemplar =>
        {
            Message(exemplar, 1, static label => Texts(label, "trace_id", "0af7651916cd43dd8448eb211c80319c"));
            ProtobufWriter.Fixed64(exemplar, 2, BitConverter.DoubleToUInt64Bits(0.5));
            ProtobufWriter.Varint(exemplar, 3, Millis);
        });
        Message(series, 4, Histogram);
    }));

    public static byte[] Version2 => Write(static request =>
    {
        foreach (var symbol in new[] { "", "__name__", "h", "trace_id", "0af7651916cd43dd8448eb211c80319c" })
            ProtobufWriter.Bytes(request, 4, System.Text.Encoding.UTF8.GetBytes(symbol));
        Message(request, 5, static series =>
        {
            ProtobufWriter.Bytes(series, 1, [1, 2]);
            Message(series, 3, Histogram);
            Message(series, 4, static exemplar =>
            {
                ProtobufWriter.Bytes(exemplar, 1, [3, 4]);
                ProtobufWriter.Varint(exemplar, 3, Millis);
            });
        });
    });

    /// <summary>A counter with an exemplar, and a histogram of both forms, in Prometheus's protobuf exposition.</summary>
    public static byte[] Families
    {
        get
        {
            var counter = Write(static family =>
            {
                ProtobufWriter.Bytes(family, 1, "c_total"u8);
                Message(family, 4, static metric =>
                {
                    Message(metric, 1, static label => Texts(label, "a", "b\"\\"));
                    Message(metric, 3, static value =>
                    {
                        ProtobufWriter.Fixed64(value, 1, BitConverter.DoubleToUInt64Bits(2));
                        Message(value, 2, static exemplar => Message(exemplar, 1, static label => Texts(label, "trace_id", "x")));
                    });
                });
            });
            var histogram = Write(static family =>
            {
                ProtobufWriter.Bytes(family, 1, "h"u8);
                ProtobufWriter.Varint(family, 3, 4);
                Message(family, 4, static metric => Message(metric, 7, static value =>
                {
                    ProtobufWriter.Varint(value, 1, 3);
                    ProtobufWriter.Varint(value, 5, 6);
                    ProtobufWriter.Varint(value, 7, 1);
                    Message(value, 12, static span => ProtobufWriter.Varint(span, 2, 2));
                    ProtobufWriter.Bytes(value, 13, [2, 0]);
                    Message(value, 3, static bucket => ProtobufWriter.Fixed64(bucket, 2, BitConverter.DoubleToUInt64Bits(0.5)));
                }));
            });
            return [(byte)counter.Length, .. counter, (byte)histogram.Length, .. histogram];
        }
    }

    private static void Histogram(PooledBuffer message)
    {
        ProtobufWriter.Varint(message, 1, 6);
        ProtobufWriter.Varint(message, 4, 6);
        ProtobufWriter.Varint(message, 6, 1);
        Message(message, 11, static span => ProtobufWriter.Varint(span, 2, 2));
        ProtobufWriter.Bytes(message, 12, [4, 0]); // 2 and 2
        ProtobufWriter.Varint(message, 15, Millis);
        Message(message, 8, static span => ProtobufWriter.Varint(span, 2, 1));
        ProtobufWriter.Bytes(message, 9, [2]);
    }

    private static byte[] Write(Action<PooledBuffer> write)
    {
        using var body = new PooledBuffer();
        write(body);
        return body.WrittenSpan.ToArray();
    }

    private static void Message(PooledBuffer buffer, int field, Action<PooledBuffer> write)
    {
        var mark = ProtobufWriter.BeginMessage(buffer, field);
        write(buffer);
        ProtobufWriter.EndMessage(buffer, mark);
    }

    private static void Texts(PooledBuffer label, string name, string value)
    {
        ProtobufWriter.Bytes(label, 1, System.Text.Encoding.UTF8.GetBytes(name));
        ProtobufWriter.Bytes(label, 2, System.Text.Encoding.UTF8.GetBytes(value));
    }
}
