using System.Text;
using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;

namespace VmObs.Tests.Signals.Wire;

/// <summary>Decodes bodies for the tests of this folder and writes batches as text that can be compared.</summary>
internal static class Wiring
{
    /// <summary>2025-12-06T14:30:15.123Z</summary>
    public const long Arrival = 1_765_031_415_123_000_000;

    public static ReceivedRequest Request(Signal signal, WireFormat format, byte[] body, ContentCoding coding = ContentCoding.Identity) =>
        new(signal, format, coding, Arrival, body);

    public static string Metrics(byte[] body, WireFormat format = WireFormat.OtlpProtobuf, IngestRules? rules = null, ContentCoding coding = ContentCoding.Identity)
    {
        using var batch = new MetricBatch();
        var decoder = new RequestDecoder(rules ?? new IngestRules());
        var request = Request(Signal.Metrics, format, body, coding);
        var first = decoder.TryDecode(request, batch)?.ToString() ?? Text(batch);
        // What a decoder has seen must not change what it says.
        Assert.Equal(first, decoder.TryDecode(request, batch)?.ToString() ?? Text(batch));
        Assert.Equal(first, decoder.TryDecode(request, batch)?.ToString() ?? Text(batch));
        return first;
    }

    public static string Logs(byte[] body, WireFormat format = WireFormat.OtlpProtobuf, IngestRules? rules = null, ContentCoding coding = ContentCoding.Identity)
    {
        using var batch = new LogBatch();
        var decoder = new RequestDecoder(rules ?? new IngestRules());
        var request = Request(Signal.Logs, format, body, coding);
        var first = decoder.TryDecode(request, batch)?.ToString() ?? Text(batch);
        // A replay decodes the request again.
        Assert.Equal(first, decoder.TryDecode(request, batch)?.ToString() ?? Text(batch));
        return first;
    }

    public static string Traces(byte[] body, WireFormat format = WireFormat.OtlpProtobuf, IngestRules? rules = null, ContentCoding coding = ContentCoding.Identity)
    {
        using var batch = new TraceBatch();
        var decoder = new RequestDecoder(rules ?? new IngestRules());
        var request = Request(Signal.Traces, format, body, coding);
        var first = decoder.TryDecode(request, batch)?.ToString() ?? Text(batch);
        // A replay decodes the request again.
        Assert.Equal(first, decoder.TryDecode(request, batch)?.ToString() ?? Text(batch));
        return first;
    }

    public static string Text(MetricBatch batch)
    {
        var text = new StringBuilder();
        var detail = 0;
        for (var i = 0; i < batch.SampleCount; i++)
        {
            var sample = batch.Samples[i];
            text.Append(Labels(batch.Identity(sample.Series).Key.Span)).Append(' ').Append(batch.Kind(sample.Series)).Append(' ')
                .Append(Encoding.UTF8.GetString(batch.Unit(sample.Series))).Append(' ').Append(sample.TimestampUnixNanos).Append(' ')
                .Append(double.IsNaN(sample.Value) ? $"NaN:{BitConverter.DoubleToUInt64Bits(sample.Value):x}" : sample.Value.ToString("R"));
            if (detail < batch.DetailCount && batch.DetailAt(detail).Sample == i)
                text.Append(' ').Append(Encoding.UTF8.GetString(batch.DetailAt(detail++).Json.Span));
            text.Append('\n');
        }
        return text.Append(Text(batch.Refusals)).ToString();
    }

    public static string Text(LogBatch batch)
    {
        var text = new StringBuilder();
        foreach (var record in batch.Records)
        {
            text.Append(Labels(batch.StreamKey(record.Stream))).Append(' ').Append(record.TimestampUnixNanos).Append(' ').Append(record.Level).Append(' ')
                .Append(Encoding.UTF8.GetString(batch.Tail(record))).Append('\n');
        }
        return text.Append(Text(batch.Refusals)).ToString();
    }

    public static string Text(TraceBatch batch)
    {
        var text = new StringBuilder();
        for (var i = 0; i < batch.Count; i++)
        {
            var span = batch[i];
            text.Append(span.TraceId).Append(' ').Append(span.SpanId.ToString("x16")).Append(' ').Append(span.ParentSpanId.ToString("x16")).Append(' ')
                .Append(span.StartUnixNanos).Append(' ').Append(span.EndUnixNanos).Append(' ').Append(span.Kind).Append(' ').Append(span.Status).Append(' ')
                .Append(span.Flags);
            foreach (var which in Enum.GetValues<SpanText>())
                text.Append(" | ").Append(Encoding.UTF8.GetString(span.Text(which)));
            text.Append('\n');
        }
        return text.Append(Text(batch.Refusals)).ToString();
    }

    public static string Text(Refusals refusals) =>
        refusals.Total == 0 ? "" : $"refused {string.Join(' ', refusals.NonZero().Select(pair => $"{pair.Key.Name()}={pair.Value}"))}: {refusals.FirstMessage}\n";

    private static string Labels(ReadOnlySpan<byte> key) =>
        "{" + string.Join(',', LabelKey.ToList(key).Select(label => $"{label.Key}=\"{label.Value}\"")).Replace("\n", "\\n", StringComparison.Ordinal) + "}";
}
