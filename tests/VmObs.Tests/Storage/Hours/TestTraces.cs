using System.Text;
using CsCheck;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Tests.Storage.Hours;

/// <summary>A decided trace as the writer takes it.</summary>
internal sealed record TestTrace(TraceKey Key, IReadOnlyList<ReadOnlyMemory<byte>> Spans)
{
    public bool Failed => Spans.Any(span => new SpanRecord(span.Span).Status == SpanStatus.Error);

    public Digest Leaf()
    {
        using var scratch = new PooledBuffer();
        return TraceLeaf.Hash(scratch, Key.Id, Key.Decision, Spans);
    }
}

internal static class TestTraces
{
    /// <summary>The hour of tests' files.</summary>
    public static HourFile Hour { get; } = new(Signal.Traces, HourId.Of(LogLines.Hour), 0);

    private static readonly string[] s_texts = ["", "", "{\"http.method\":\"POST\",\"n\":1}", "größe 😀", "a\"b\\c\n\0", "[]"];

    private static readonly Gen<string> s_text = Gen.OneOf(Gen.Int[0, s_texts.Length - 1].Select(i => s_texts[i]), Gen.String.AlphaNumeric);

    private static readonly Gen<ulong> s_id = Gen.OneOf(Gen.ULong[1, ulong.MaxValue], Gen.ULong[1, 4]);

    private static readonly Gen<(SpanHead Head, string[] Texts)> s_span =
        Gen.Select(
            s_id, Gen.OneOf(Gen.Const(0UL), s_id), Gen.Select(MetricSeries.AnyTime, MetricSeries.AnyTime), Gen.Byte, Gen.OneOf(Gen.Byte[0, 2], Gen.Byte), Gen.UInt,
            s_text.Array[10],
            (id, parent, times, kind, status, flags, texts) =>
                (new SpanHead(default, id, parent, Math.Min(times.Item1, times.Item2), Math.Max(times.Item1, times.Item2), (SpanKind)kind, (SpanStatus)status, flags), texts));

    /// <summary>Traces in the writer's order, with every value a record can hold.</summary>
    public static Gen<TestTrace[]> Any { get; } =
        Gen.Select(Gen.Select(s_id, s_id), Gen.Long[0, 3], s_span.Array[1, 8], (id, decision, spans) =>
        {
            var traceId = new TraceId(id.Item1, id.Item2);
            return Trace(new TraceKey(traceId, decision), spans.Select(span => Record(span.Head with { TraceId = traceId }, span.Texts)));
        }).Array[0, 30].Select(traces => Sort(traces.DistinctBy(trace => trace.Key)));

    public static TestTrace[] Sort(IEnumerable<TestTrace> traces) => [.. traces.OrderByDescending(trace => trace.Failed).ThenBy(trace => trace.Key)];

    public static TestTrace Trace(TraceKey key, IEnumerable<byte[]> records) => new(
        key,
        [.. records.OrderBy(r => new SpanRecord(r).StartUnixNanos).ThenBy(r => new SpanRecord(r).SpanId).Select(r => (ReadOnlyMemory<byte>)r)]);

    public static byte[] Record(SpanHead head, params string[] texts)
    {
        using var buffer = new PooledBuffer();
        SpanRecordWriter.Begin(buffer, head);
        foreach (var text in texts)
            SpanRecordWriter.WriteText(buffer, Encoding.UTF8.GetBytes(text));
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Traces as services make them: five spans each, one in twenty failed.</summary>
    public static TestTrace[] Ordinary(int count, int seed = 1)
    {
        var random = new Random(seed);
        string[] services = ["portal", "treasury", "ledger", "guardian", "oracle"];
        return Sort(Enumerable.Range(0, count).Select(i =>
        {
            var id = new TraceId((ulong)random.NextInt64(), (ulong)random.NextInt64() | 1);
            var start = LogLines.Hour + random.NextInt64(HourId.LengthNanos / 2);
            var failed = i % 20 == 0;
            var parent = 0UL;
            return Trace(new TraceKey(id, 0), services.Select((service, s) =>
            {
                var spanId = (ulong)random.NextInt64() | 1;
                var head = new SpanHead(
                    id, spanId, parent, start + (s * 1_000_123L), start + 50_000_000 + random.Next(1_000_000), (SpanKind)(1 + (s % 3)),
                    failed && s == 4 ? SpanStatus.Error : SpanStatus.Unset, 1);
                parent = spanId;
                return Record(
                    head, $"POST /{service}/settle", service, $"brick-{s:00}", failed && s == 4 ? "deadline exceeded" : "", "",
                    $$"""{"http.method":"POST","http.status_code":{{(failed ? 500 : 200)}},"settlement_id":"settle-{{random.Next()}}"}""", "", "",
                    $$"""{"service.name":"{{service}}","host.name":"brick-{{s:00}}"}""", """{"name":"otel","version":"1.2.3"}""");
            }));
        }));
    }

    /// <summary>Traces that are alike, so that a file of them is small.</summary>
    public static TestTrace[] Alike(int count) => Sort(Enumerable.Range(1, count).Select(i =>
    {
        var id = new TraceId(0, (ulong)i);
        return Trace(new TraceKey(id, 7), Enumerable.Range(1, 5).Select(s => Record(
            new SpanHead(
                id, (ulong)s, (ulong)s - 1, LogLines.Hour + (i * 1000L) + s, LogLines.Hour + (i * 1000L) + 500, SpanKind.Server,
                i % 50 == 0 && s == 3 ? SpanStatus.Error : SpanStatus.Ok, 1),
            $"step {s}", "portal", "brick-01", "", "", $$"""{"n":{{i % 10}}}""", "", "", "", "")));
    }));
}
