using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Support;

/// <summary>Writes the protobuf of Prometheus remote_write 1.0 and Loki push requests; senders put it into a snappy block.</summary>
public static class PushBodies
{
    public sealed record Series((string Name, string Value)[] Labels, (double Value, long Millis)[] Samples, int BadHistograms = 0);

    public sealed record Family(int Type, string Name, string Unit = "");

    public sealed record Stream(string Labels, params Entry[] Entries);

    public sealed record Entry(long UnixNanos, string Line, params (string Name, string Value)[] Metadata);

    public static byte[] RemoteWrite(IEnumerable<Series> series, params Family[] families)
    {
        var encoder = new OtlpProtobufEncoder();
        encoder.Messages(1, "timeseries", series.Select(one => (Action)(() =>
        {
            Pairs(encoder, 1, one.Labels);
            encoder.Messages(2, "samples", one.Samples.Select(sample => (Action)(() =>
            {
                encoder.Scalar(1, "value", OtlpScalar.Double, sample.Value);
                encoder.Scalar(2, "timestamp", OtlpScalar.Int64, sample.Millis);
            })));
            // A schema that is none.
            encoder.Messages(4, "histograms", Enumerable.Repeat((Action)(() => encoder.Scalar(4, "schema", OtlpScalar.SInt32, 100)), one.BadHistograms));
        })));
        encoder.Messages(3, "metadata", families.Select(family => (Action)(() =>
        {
            encoder.Scalar(1, "type", OtlpScalar.Enum, family.Type);
            encoder.Scalar(2, "metric_family_name", OtlpScalar.Text, family.Name);
            encoder.Scalar(5, "unit", OtlpScalar.Text, family.Unit);
        })));
        return encoder.ToArray();
    }

    public static byte[] LokiPush(params Stream[] streams)
    {
        var encoder = new OtlpProtobufEncoder();
        encoder.Messages(1, "streams", streams.Select(stream => (Action)(() =>
        {
            encoder.Scalar(1, "labels", OtlpScalar.Text, stream.Labels);
            encoder.Messages(2, "entries", stream.Entries.Select(entry => (Action)(() =>
            {
                encoder.Message(1, "timestamp", () =>
                {
                    encoder.Scalar(1, "seconds", OtlpScalar.Int64, entry.UnixNanos / 1_000_000_000);
                    encoder.Scalar(2, "nanos", OtlpScalar.Int64, entry.UnixNanos % 1_000_000_000);
                });
                encoder.Scalar(2, "line", OtlpScalar.Text, entry.Line);
                Pairs(encoder, 3, entry.Metadata);
            })));
        })));
        return encoder.ToArray();
    }

    private static void Pairs(OtlpProtobufEncoder encoder, int field, (string Name, string Value)[] pairs) =>
        encoder.Messages(field, "labels", pairs.Select(pair => (Action)(() =>
        {
            encoder.Scalar(1, "name", OtlpScalar.Text, pair.Name);
            encoder.Scalar(2, "value", OtlpScalar.Text, pair.Value);
        })));
}
