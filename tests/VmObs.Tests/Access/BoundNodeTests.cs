using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Snappier;
using VmObs.Access;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Access;

public sealed class BoundNodeTests
{
    private const long Millis = 1_765_031_400_000;

    [Fact]
    public async Task What_a_bound_token_sends_is_its_node_s_whatever_it_says_and_stays_so_over_a_restart()
    {
        using var tokens = new TokenFixture();
        await using var front = await EngineFront.StartAsync(security: new FrontSecurity(tokens.Open(), null));
        var mine = new AuthenticationHeaderValue("Bearer", tokens.Bound);
        var write = Snappy.CompressToArray(PushBodies.RemoteWrite([new([("__name__", "up"), ("node", "liar"), ("instance", "liar:1")], [(1, Millis)])]));
        await PostAsync(front, mine, "/api/v1/write", write, "application/x-protobuf");
        // The same series again, from who may speak for others.
        await PostAsync(front, new("Bearer", tokens.Ingest), "/api/v1/write", write, "application/x-protobuf");
        await PostAsync(front, mine, "/v1/metrics", OtlpWriter.Protobuf(static writer => writer.Metrics(new OtlpGroup<OtlpMetric>([new("host.name", "liar")], [new OtlpMetric("g", OtlpMetricType.Gauge, [new(Millis * 1_000_000, 1)])]))), "application/x-protobuf");
        await PostAsync(front, mine, "/obs/ingest/metrics", JsonBodies.SpecMetric, "application/json");
        await PostAsync(front, mine, "/v1/logs", OtlpWriter.Protobuf(static writer => writer.Logs(new OtlpGroup<OtlpLog>([new("host.name", "liar")], [new OtlpLog { Time = Millis * 1_000_000, Body = "m" }]))), "application/x-protobuf");
        await PostAsync(front, mine, "/loki/api/v1/push", Encoding.UTF8.GetBytes($$$"""{"streams":[{"stream":{"node":"liar"},"values":[["{{{Millis}}}000000","m"]]}]}"""), "application/json");
        await PostAsync(front, mine, "/obs/ingest/logs", Encoding.UTF8.GetBytes($$"""{"time":{{Millis}},"msg":"m","node":"liar"}"""), "application/json");
        await PostAsync(front, mine, "/_bulk", Encoding.UTF8.GetBytes("{\"create\":{}}\n{\"@timestamp\":" + Millis + ",\"message\":\"m\",\"host\":\"liar\"}\n"), "application/x-ndjson");
        await PostAsync(front, mine, "/v1/traces", OtlpWriter.Protobuf(static writer => writer.Traces(new OtlpGroup<OtlpSpan>([new("host.name", "liar")], [Span(1)]))), "application/x-protobuf");
        await PostAsync(front, mine, "/obs/ingest/traces", Encoding.UTF8.GetBytes("""{"trace_id":"02020202020202020202020202020202","spans":[{"span_id":"0102030405060708","name":"op","node":"liar","start_time":"2025-12-06T14:29:00Z","duration_ms":5}]}"""), "application/json");
        await CheckAsync(front.Engine);
        await front.Engine.ReopenAsync();
        await CheckAsync(front.Engine);
    }

    private static OtlpSpan Span(byte id) => new() { TraceId = [.. Enumerable.Repeat(id, 16)], SpanId = [1, 2, 3, 4, 5, 6, 7, id], Name = "op", Start = (Millis * 1_000_000) - 1000, End = Millis * 1_000_000 };

    private static async Task CheckAsync(EngineFolder engine)
    {
        var series = await engine.SelectAsync();
        Assert.True(series.Count > 3, $"{series.Count} series");
        var liar = Assert.Single(series, static one => Node(one.Key.Span) == "liar");
        Assert.Equal(1, liar.Values.Length);
        Assert.All(series.Where(one => one != liar), static one => Assert.Equal("brick-01", Node(one.Key.Span)));
        var logs = await engine.FindAsync();
        Assert.Equal(4, logs.Count);
        Assert.All(logs, static log => Assert.Contains("\"node\":\"did:vm:node:brick-01\"", Encoding.UTF8.GetString(log.Json.Span), StringComparison.Ordinal));
        Assert.Equal(4, (await engine.FindAsync(new LogQuery(0, long.MaxValue) { Node = "brick-01" })).Count);
        foreach (var id in new[] { new TraceId(0x0101010101010101, 0x0101010101010101), new TraceId(0x0202020202020202, 0x0202020202020202) })
        {
            var spans = await engine.Store.Traces.GetAsync(id, QueryBudget.Unlimited(), TestContext.Current.CancellationToken);
            Assert.NotEmpty(spans);
            Assert.All(spans, static span => Assert.Equal("brick-01", Encoding.UTF8.GetString(new SpanRecord(span.Span).Text(SpanText.Node))));
        }
    }

    private static string Node(ReadOnlySpan<byte> key) => Encoding.UTF8.GetString(LabelKey.ValueOf(key, "node"u8));

    private static async Task PostAsync(EngineFront front, AuthenticationHeaderValue token, string path, byte[] body, string type)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        request.Headers.Authorization = token;
        using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NoContent or HttpStatusCode.Accepted, $"{path}: {response.StatusCode} {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
    }
}
