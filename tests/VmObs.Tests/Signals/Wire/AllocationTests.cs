using Snappier;
using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire;

/// <summary>A warm decoder allocates nothing, however many records a request has.</summary>
public sealed class AllocationTests
{
    private const int Records = 500, Rounds = 50;

    private static readonly OtlpAttribute[] Attributes =
        [new("http.method", "GET\""), new("status", 200L), new("ratio", 0.25), new("list", new OtlpArray("a", 1L)), new("map", new OtlpMap(new OtlpAttribute("k", "v")))];

    private static readonly OtlpAttribute[] Resource = [new("service.name", "guardian"), new("host.name", "brick-01")];

    [Fact]
    public void Logs_in_otlp_protobuf()
    {
        var log = new OtlpLog { Time = Wiring.Arrival, Body = "a message with \"quotes\" and ü", SeverityNumber = 9, TraceId = new byte[16], Attributes = Attributes };
        var structured = log with { Body = new OtlpMap(new OtlpAttribute("event", "x")), Observed = Wiring.Arrival - 1 };
        var refused = log with { Time = ulong.MaxValue };
        OtlpLog[] logs = [.. Enumerable.Range(0, Records).Select(i => (i % 3) switch { 0 => log, 1 => structured, _ => refused })];
        var body = OtlpWriter.Protobuf(writer => writer.Logs(new OtlpGroup<OtlpLog>(Resource, logs) { Scope = new OtlpScope("lib") }));
        using var batch = new LogBatch();
        // The first refusal's explanation is the one text that a request allocates; one for each of the 166 refused would be 4,000 bytes at least.
        Assert.InRange(Measure(batch, (decoder, into) => decoder.TryDecode(Wiring.Request(Signal.Logs, WireFormat.OtlpProtobuf, body), into)), 1, 2000);
        Assert.Equal(Records, batch.Count + batch.Refusals.Total);
    }

    [Fact]
    public void Traces_in_otlp_protobuf_and_json()
    {
        var span = new OtlpSpan
        {
            TraceId = [.. Enumerable.Range(1, 16).Select(i => (byte)i)],
            SpanId = [1, 2, 3, 4, 5, 6, 7, 8],
            Name = "op",
            Start = Wiring.Arrival - 1000,
            End = Wiring.Arrival,
            Attributes = Attributes,
            Events = [new(Wiring.Arrival, "e", Attributes)],
            Links = [new(new byte[16], new byte[8], "s", Attributes)],
        };
        var body = OtlpWriter.Protobuf(writer => writer.Traces(new OtlpGroup<OtlpSpan>(Resource, [.. Enumerable.Repeat(span, Records)])));
        using var batch = new TraceBatch();
        Assert.Equal(0, Measure(batch, (decoder, into) => decoder.TryDecode(Wiring.Request(Signal.Traces, WireFormat.OtlpProtobuf, body), into)));
        Assert.Equal(Records, batch.Count);
        var json = OtlpWriter.Json(writer => writer.Traces(new OtlpGroup<OtlpSpan>(Resource, [.. Enumerable.Repeat(span, Records)])));
        Assert.Equal(0, Measure(batch, (decoder, into) => decoder.TryDecode(Wiring.Request(Signal.Traces, WireFormat.OtlpJson, json), into)));
        Assert.Equal(Records, batch.Count);
    }

    [Theory]
    [InlineData(OtlpTranslation.UnderscoreEscapingWithSuffixes)]
    [InlineData(OtlpTranslation.AsSent)]
    public void Metrics_in_otlp_protobuf(OtlpTranslation translation)
    {
        var gauge = new OtlpMetric("cpu", OtlpMetricType.Gauge, [new(Wiring.Arrival, 1.5) { Attributes = Attributes }]);
        OtlpExemplar[] exemplars = [new(Wiring.Arrival, 0.5) { TraceId = new byte[16], Attributes = Attributes }, new(Wiring.Arrival, 0.05)];
        var histogram = new OtlpMetric("lat", OtlpMetricType.Histogram,
            [new(Wiring.Arrival) { Attributes = Attributes, Count = 3, Sum = 1, BucketCounts = [1, 2], Bounds = [0.1], Max = 2, Exemplars = exemplars }]) { Temporality = 1 };
        var exponential = new OtlpMetric("exp", OtlpMetricType.ExponentialHistogram,
            [new(Wiring.Arrival) { Attributes = Attributes, Count = 3, Sum = 1, Positive = new(-1, 1, 2), Exemplars = exemplars }]);
        var summary = new OtlpMetric("sum", OtlpMetricType.Summary, [new(Wiring.Arrival) { Attributes = Attributes, Count = 3, Sum = 1, Quantiles = [(0.5, 1), (0.9, 2)] }]);
        OtlpMetric[] metrics = [.. Enumerable.Range(0, Records).Select(i => (i % 4) switch { 0 => gauge, 1 => histogram, 2 => exponential, _ => summary })];
        var body = OtlpWriter.Protobuf(writer => writer.Metrics(
            new OtlpGroup<OtlpMetric>([.. Resource, new("os.type", "linux"), new("os-type", "twin")], metrics) { Scope = new OtlpScope("lib", "1") { Attributes = Attributes } }));
        var rules = new IngestRules { OtlpTranslation = translation, PromoteResourceAttributes = ["os.type"] };
        using var batch = new MetricBatch();
        Assert.Equal(0, Measure(batch, (decoder, into) => decoder.TryDecode(Wiring.Request(Signal.Metrics, WireFormat.OtlpProtobuf, body), into), rules));
        Assert.Equal((Records / 4 * (1 + 4 + 1 + 4)) + (translation == OtlpTranslation.AsSent ? 0 : 1), batch.SampleCount);
    }

    [Fact]
    public void Remote_write_and_loki_push_allocate_a_little_for_the_snappy_block()
    {
        var series = Enumerable.Range(0, Records).Select(i => new PushBodies.Series([("__name__", "up"), ("instance", $"n{i}:1"), ("job", "node")], [(i, 1_765_000_000_000)]));
        var body = Snappy.CompressToArray(PushBodies.RemoteWrite(series, new PushBodies.Family(2, "up")));
        using var metrics = new MetricBatch();
        Assert.InRange(Measure(metrics, (decoder, into) => decoder.TryDecode(Wiring.Request(Signal.Metrics, WireFormat.RemoteWrite1, body), into)), 0, 500);
        Assert.Equal(Records, metrics.SampleCount);

        var entries = Enumerable.Range(0, Records).Select(i => new PushBodies.Entry(Wiring.Arrival, $"{{\"level\":\"warn\",\"n\":{i}}}", ("k", "v"))).ToArray();
        var push = Snappy.CompressToArray(PushBodies.LokiPush(new PushBodies.Stream("{app=\"web\"}", entries)));
        using var logs = new LogBatch();
        Assert.InRange(Measure(logs, (decoder, into) => decoder.TryDecode(Wiring.Request(Signal.Logs, WireFormat.LokiProtobuf, push), into)), 0, 500);
        Assert.Equal(Records, logs.Count);
    }

    /// <summary>Bytes allocated a request, once warm.</summary>
    private static long Measure<T>(T batch, Func<RequestDecoder, T, WireError?> decode, IngestRules? rules = null)
    {
        var decoder = new RequestDecoder(rules ?? new IngestRules());
        for (var i = 0; i < 40; i++)
            Assert.Null(decode(decoder, batch));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
            decode(decoder, batch);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
    }
}
