using System.IO.Compression;
using System.Text;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Tests.Signals.Wire.Jaeger;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Fuzz;

/// <summary>Every reader of what comes from outside, with good bodies to begin with.</summary>
internal static class FuzzTargets
{
    private const ulong Time = 1_765_031_415_000_000_000;

    private static readonly OtlpAttribute[] s_attributes =
        [new("host.name", "n"), new("a", 1L), new("b", 0.5), new("c", true), new("d", new OtlpArray("x", 2L)), new("e", new OtlpMap(new OtlpAttribute("k", "v")))];

    private static readonly PushBodies.Series[] s_series =
        [new([("__name__", "up"), ("instance", "n:1"), ("job", "j")], [(1, 1_765_031_415_000), (double.NaN, 1_765_031_415_001)]), new([("__name__", "h_bucket"), ("le", "+Inf")], [(2, 1_765_031_415_000)], 1)];

    public static FuzzTarget[] All { get; } =
    [
        new RequestTarget("otlp_logs", Signal.Logs, WireFormat.OtlpProtobuf, ContentCoding.Identity, OtlpWriter.Protobuf(Logs)),
        new RequestTarget("otlp_metrics", Signal.Metrics, WireFormat.OtlpProtobuf, ContentCoding.Identity, OtlpWriter.Protobuf(Metrics)),
        new RequestTarget("otlp_traces", Signal.Traces, WireFormat.OtlpProtobuf, ContentCoding.Identity, OtlpWriter.Protobuf(Traces)),
        new RequestTarget("otlp_json_logs", Signal.Logs, WireFormat.OtlpJson, ContentCoding.Identity, OtlpWriter.Json(Logs)),
        new RequestTarget("otlp_json_metrics", Signal.Metrics, WireFormat.OtlpJson, ContentCoding.Identity, OtlpWriter.Json(Metrics)),
        new RequestTarget("otlp_json_traces", Signal.Traces, WireFormat.OtlpJson, ContentCoding.Identity, OtlpWriter.Json(Traces)),
        new StoredTarget("remote_write", Signal.Metrics, WireFormat.RemoteWrite1, PushBodies.RemoteWrite(s_series, new PushBodies.Family(2, "up", "s")), NativeBodies.Version1),
        new StoredTarget("remote_write_2", Signal.Metrics, WireFormat.RemoteWrite2, RemoteWrite2Bodies.Write(s_series, 3, "s"), NativeBodies.Version2),
        new RequestTarget("snappy", Signal.Metrics, WireFormat.RemoteWrite1, ContentCoding.Identity, RequestTarget.Snappy(PushBodies.RemoteWrite(s_series))),
        new StoredTarget("loki", Signal.Logs, WireFormat.LokiProtobuf, PushBodies.LokiPush(Stream)),
        new RequestTarget("loki_json", Signal.Logs, WireFormat.LokiJson, ContentCoding.Identity, JsonBodies.LokiPush),
        new RequestTarget("json_logs", Signal.Logs, WireFormat.JsonLogs, ContentCoding.Identity, JsonBodies.SpecLog, "{\"@timestamp\":1765031415.5,\"log\":{\"level\":\"warn\"},\"msg\":\"m\\u00e9\"}\n[1]\n"u8.ToArray()),
        new RequestTarget("bulk", Signal.Logs, WireFormat.ElasticBulk, ContentCoding.Identity, "{\"create\":{\"_index\":\"i\"}}\n{\"message\":\"m\"}\n{\"delete\":{\"_id\":\"1\"}}\n"u8.ToArray()),
        new RequestTarget("json_metrics", Signal.Metrics, WireFormat.JsonMetrics, ContentCoding.Identity, JsonBodies.SpecMetric),
        new RequestTarget("json_traces", Signal.Traces, WireFormat.JsonTraces, ContentCoding.Identity, JsonBodies.SpecTrace),
        new RequestTarget("zipkin", Signal.Traces, WireFormat.ZipkinJson, ContentCoding.Identity, Encoding.UTF8.GetBytes(
            "[{\"traceId\":\"0af7651916cd43dd8448eb211c80319c\",\"id\":\"b7ad6b7169203331\",\"kind\":\"SERVER\",\"timestamp\":1765031415000000,\"localEndpoint\":{\"serviceName\":\"w\"},\"tags\":{\"error\":\"x\"},\"annotations\":[{\"timestamp\":1,\"value\":\"v\"}]}]")),
        new RequestTarget("jaeger", Signal.Traces, WireFormat.JaegerThrift, ContentCoding.Identity, Batch()),
        new RequestTarget("syslog", Signal.Logs, WireFormat.Syslog, ContentCoding.Identity,
            "94 <165>1 2003-10-11T22:14:15.003Z m e - ID47 [a@1 iut=\"3\" b=\"\\\"\"][c d=\"e\"] \uFEFFtext that follows\n"u8.ToArray(), "<34>Oct 11 22:14:15 host su[1]: text\n<13>2025-12-06T14:30:15+01:00 h a: m\n"u8.ToArray()),
        new RequestTarget("gzip", Signal.Logs, WireFormat.JsonLogs, ContentCoding.Gzip, Packed(static stream => new GZipStream(stream, CompressionLevel.Optimal))),
        new RequestTarget("zlib", Signal.Logs, WireFormat.JsonLogs, ContentCoding.Deflate, Packed(static stream => new ZLibStream(stream, CompressionLevel.Optimal))),
        new ExpositionTarget("exposition", false, "# HELP a_total x\\n y\n# TYPE a_total counter\na_total{b=\"c\\\"d\",} 1e3 1765031415000\n up NaN\n"u8.ToArray()),
        new ExpositionTarget("openmetrics", true, "# TYPE a counter\n# UNIT a seconds\na_total{b=\"c\"} 1 1765031415.5 # {trace_id=\"x\"} 0.5 1\n{\"n.m\",l=\"v\"} +Inf\n# EOF\n"u8.ToArray()),
        new FamilyTarget("families", NativeBodies.Families),
        new SliceTarget("bao_slice"),
        new RequestTarget("zstd", Signal.Logs, WireFormat.JsonLogs, ContentCoding.Zstd, Packed(static stream => new ZstdSharp.CompressionStream(stream))),
    ];

    private static PushBodies.Stream Stream => new("{app=\"web\",level=\"warn\"}", new((long)Time, "line"), new((long)Time, "{\"level\":\"error\",\"trace_id\":\"x\"}", ("k", "v")));

    private static void Logs(OtlpWriter writer) => writer.Logs(new OtlpGroup<OtlpLog>(
        s_attributes, [new OtlpLog { Time = Time, Body = "m", SeverityNumber = 9, TraceId = new byte[16], Attributes = s_attributes }, new OtlpLog { Time = Time, Body = new OtlpMap(s_attributes) }]) { Scope = new OtlpScope("s") });

    private static void Metrics(OtlpWriter writer) => writer.Metrics(new OtlpGroup<OtlpMetric>(
        s_attributes,
        [
            new OtlpMetric("g", OtlpMetricType.Gauge, [new(Time, 1.5) { Attributes = s_attributes }]),
            new OtlpMetric("h", OtlpMetricType.Histogram, [new(Time) { Count = 3, Sum = 1, BucketCounts = [1, 2], Bounds = [0.1] }]),
        ]));

    private static void Traces(OtlpWriter writer) => writer.Traces(new OtlpGroup<OtlpSpan>(
        s_attributes,
        [new OtlpSpan { TraceId = [.. Enumerable.Range(1, 16).Select(static i => (byte)i)], SpanId = [1, 2, 3, 4, 5, 6, 7, 8], Name = "op", Start = Time - 1000, End = Time, Attributes = s_attributes }]));

    private static byte[] Batch() => new ThriftBody()
        .Struct(1, static process => process.Text(1, "db"))
        .Structs(2, static span => span.I64(1, 15).I64(2, 1).I64(3, 0xA1).Text(5, "query").I64(8, 1_765_031_415_000_000).I64(9, 2_500)
            .Structs(6, static reference => reference.I32(1, 1).I64(2, 3).I64(4, 4))
            .Structs(10, static tag => tag.Text(1, "a").I32(2, 1).Double(4, 0.5)).Unknown(99))
        .Stop().ToArray();

    private static byte[] Packed(Func<Stream, Stream> open)
    {
        var packed = new MemoryStream();
        using (var stream = open(packed))
            stream.Write(JsonBodies.SpecLog);
        return packed.ToArray();
    }
}
