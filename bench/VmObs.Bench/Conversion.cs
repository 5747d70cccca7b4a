using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Snappier;
using VmObs.Signals;
using VmObs.Signals.Decoding;
using VmObs.Signals.Labels;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Bench;

/// <summary>Rewrites recorded payloads for another protocol: the same records, request by request.</summary>
internal static class Conversion
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads one file and writes the other; their endings say what they hold.</summary>
    public static void Run(string from, string to)
    {
        var payloads = Payloads.Read(from);
        var (signal, format) = PayloadFormats.Of(to);
        if (signal != payloads.Signal)
            throw new ArgumentException($"{to}: got an ending of {signal}, want one of {payloads.Signal}, which {from} holds");
        var decoder = new RequestDecoder(new IngestRules());
        using var metrics = new MetricBatch();
        using var logs = new LogBatch();
        using var traces = new TraceBatch();
        using var file = File.Create(to);
        var head = new byte[16];
        foreach (var (body, items) in payloads.Bodies)
        {
            var request = new ReceivedRequest(signal, payloads.Format, ContentCoding.Identity, (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, body);
            var (error, converted) = signal switch
            {
                Signal.Metrics => (decoder.TryDecode(request, metrics), Convert(metrics, format)),
                Signal.Logs => (decoder.TryDecode(request, logs), Convert(logs, format)),
                _ => (decoder.TryDecode(request, traces), Convert(traces, format)),
            };
            if (error is not null)
                throw new InvalidOperationException(error.ToString());
            BinaryPrimitives.WriteInt32LittleEndian(head, converted.Length);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), items);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), converted.Length);
            file.Write(head);
            file.Write(converted);
        }
    }

    private static byte[] Convert(MetricBatch batch, WireFormat format)
    {
        var samples = batch.Samples.ToArray().GroupBy(static sample => sample.Series).Select(group => (Labels: LabelKey.ToList(batch.Identity(group.Key).Key.Span), Samples: group.ToList())).ToList();
        if (format == WireFormat.RemoteWrite2)
        {
            return Snappy.CompressToArray(RemoteWrite2Bodies.Write(
                [.. samples.Select(static series => new PushBodies.Series(
                    [.. series.Labels.Where(static label => label.Key is not ("service" or "node")).Select(static label => (label.Key, label.Value))],
                    [.. series.Samples.Select(static sample => (sample.Value, sample.TimestampUnixNanos / 1_000_000))]))]));
        }
        return Write(format, writer =>
        {
            foreach (var resource in samples.GroupBy(static series => (Service: Of(series.Labels, "service"), Node: Of(series.Labels, "node"))))
            {
                writer.Metrics(new OtlpGroup<OtlpMetric>(Resource(resource.Key.Service, resource.Key.Node),
                    [.. resource.GroupBy(static series => Of(series.Labels, "__name__")).Select(static metric => new OtlpMetric(metric.Key, OtlpMetricType.Gauge,
                        [.. metric.SelectMany(static series => series.Samples.Select(sample => new OtlpPoint((ulong)sample.TimestampUnixNanos, sample.Value)
                        {
                            Attributes = [.. series.Labels.Where(static label => label.Key is not ("__name__" or "service" or "node" or "job" or "instance")).Select(static label => new OtlpAttribute(label.Key, label.Value))],
                        }))]))]));
            }
        });
    }

    private static byte[] Convert(LogBatch batch, WireFormat format)
    {
        var text = new StringBuilder();
        var records = batch.Records.ToArray().Select(record => (Record: record, Labels: LabelKey.ToList(batch.StreamKey(record.Stream)), Message: JsonDocument.Parse("{" + Encoding.UTF8.GetString(batch.Tail(record))).RootElement.GetProperty("message").GetString()!)).ToList();
        switch (format)
        {
            case WireFormat.LokiJson:
                return JsonSerializer.SerializeToUtf8Bytes(new
                {
                    streams = records.GroupBy(static one => one.Record.Stream).Select(static stream => new
                    {
                        stream = stream.First().Labels.ToDictionary(static label => label.Key, static label => label.Value),
                        values = stream.Select(static one => new[] { $"{one.Record.TimestampUnixNanos}", one.Message }),
                    }),
                }, s_json);
            case WireFormat.OtlpProtobuf or WireFormat.OtlpJson:
                return Write(format, writer =>
                {
                    foreach (var stream in records.GroupBy(static one => one.Record.Stream))
                    {
                        var labels = stream.First().Labels;
                        writer.Logs(new OtlpGroup<OtlpLog>(Resource(Of(labels, "service"), Of(labels, "node")),
                            [.. stream.Select(static one => new OtlpLog { Time = (ulong)one.Record.TimestampUnixNanos, SeverityNumber = 9, Body = one.Message })]));
                    }
                });
        }
        foreach (var (record, labels, message) in records)
        {
            var line = JsonSerializer.Serialize(new { timestamp = Rfc3339.Format(record.TimestampUnixNanos), level = $"{record.Level}", service = Of(labels, "service"), node = Of(labels, "node"), message }, s_json);
            if (format == WireFormat.Syslog)
                line = $"<134>1 {Rfc3339.Format(record.TimestampUnixNanos)} {Of(labels, "node")} {Of(labels, "service")} - - - {message}";
            text.Append(format switch
            {
                WireFormat.ElasticBulk => "{\"create\":{\"_index\":\"logs\"}}\n",
                WireFormat.Syslog => $"{Encoding.UTF8.GetByteCount(line)} ",
                _ => "",
            }).Append(line).Append(format == WireFormat.Syslog ? "" : "\n");
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static byte[] Convert(TraceBatch batch, WireFormat format)
    {
        var spans = new List<(string Service, string Node, OtlpSpan Span)>();
        for (var i = 0; i < batch.Count; i++)
        {
            var span = batch[i];
            spans.Add((Encoding.UTF8.GetString(span.Text(SpanText.Service)), Encoding.UTF8.GetString(span.Text(SpanText.Node)), new OtlpSpan
            {
                TraceId = System.Convert.FromHexString($"{span.TraceId}"), SpanId = BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(span.SpanId)),
                ParentSpanId = span.ParentSpanId == 0 ? [] : BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(span.ParentSpanId)),
                Name = Encoding.UTF8.GetString(span.Text(SpanText.Name)), Kind = (int)span.Kind, Start = (ulong)span.StartUnixNanos, End = (ulong)span.EndUnixNanos, StatusCode = (int)span.Status,
                Attributes = [.. JsonDocument.Parse(span.Text(SpanText.Attributes).Length == 0 ? "{}" : Encoding.UTF8.GetString(span.Text(SpanText.Attributes))).RootElement.EnumerateObject().Select(static member => new OtlpAttribute(member.Name, $"{member.Value}"))],
            }));
        }
        if (format != WireFormat.ZipkinJson)
            return Write(format, writer => { foreach (var resource in spans.GroupBy(static one => (one.Service, one.Node))) writer.Traces(new OtlpGroup<OtlpSpan>(Resource(resource.Key.Service, resource.Key.Node), [.. resource.Select(static one => one.Span)])); });
        return JsonSerializer.SerializeToUtf8Bytes(spans.Select(static one => new Dictionary<string, object>
        {
            ["traceId"] = System.Convert.ToHexStringLower(one.Span.TraceId), ["id"] = System.Convert.ToHexStringLower(one.Span.SpanId),
            ["name"] = one.Span.Name, ["timestamp"] = one.Span.Start / 1000, ["duration"] = Math.Max(1, (one.Span.End - one.Span.Start) / 1000),
            ["localEndpoint"] = new Dictionary<string, string> { ["serviceName"] = one.Service }, ["tags"] = one.Span.Attributes.Append(new OtlpAttribute("host.name", one.Node)).ToDictionary(static tag => tag.Key, static tag => $"{tag.Value}"),
        }.Concat(one.Span.ParentSpanId.Length == 0 ? [] : [new("parentId", System.Convert.ToHexStringLower(one.Span.ParentSpanId))]).ToDictionary()), s_json);
    }

    private static byte[] Write(WireFormat format, Action<OtlpWriter> write) => format == WireFormat.OtlpJson ? OtlpWriter.Json(write) : OtlpWriter.Protobuf(write);

    private static OtlpAttribute[] Resource(string service, string node) => [new("service.name", service), new("host.name", node)];

    private static string Of(List<KeyValuePair<string, string>> labels, string name) => labels.Find(label => label.Key == name).Value ?? "";
}
