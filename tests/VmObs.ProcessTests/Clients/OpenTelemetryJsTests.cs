using System.Text.Json;

namespace VmObs.ProcessTests.Clients;

/// <summary>The OpenTelemetry SDK for JavaScript, told by its environment variables alone, by each of its protocols.</summary>
[Collection(ClientTests.Name)]
public sealed class OpenTelemetryJsTests(ClientEngine engine)
{
    private const int Rounds = 40;
    private static readonly string[] s_histogram = ["latency_milliseconds_bucket", "latency_milliseconds_bucket", "latency_milliseconds_bucket", "latency_milliseconds_count", "latency_milliseconds_sum", "settled_total", "target_info"];

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    [InlineData("http/json")]
    public async Task All_three_signals_come_in_whole(string protocol)
    {
        var service = $"js-{protocol.Replace('/', '-')}";
        var run = await NodePrograms.RunAsync("otel.js", [$"{Rounds}"], engine.OtlpEnvironment(service, protocol));

        var logs = await engine.LogsAsync(service);
        Assert.Equal(Enumerable.Range(0, Rounds).Select(round => $"settled {round}").Order(), logs.Select(log => Text(log, "message")).Order());
        Assert.All(logs, log => Assert.Equal(
            ("warn", "did:vm:node:js-node", """{"a":[1,"b"]}"""),
            (Text(log, "level"), Text(log, "node"), log.GetProperty("attributes").GetProperty("nested").GetRawText())));
        await CheckSamplesAsync(service);
        await CheckTraceAsync(run.Output.Trim(), logs);
    }

    private async Task CheckSamplesAsync(string service)
    {
        var samples = await engine.SamplesAsync("service", service);
        Assert.Equal(s_histogram, samples.Select(sample => Text(sample, "metric")).Order(StringComparer.Ordinal));
        Assert.Equal((2d * Rounds, "counter"), One("settled_total", "asset", "gold"));
        Assert.Equal((Rounds, "histogram"), One("latency_milliseconds_count", "asset", "gold"));
        Assert.Equal((11, "histogram"), One("latency_milliseconds_bucket", "le", "10"));
        Assert.Equal((Rounds * (Rounds - 1) / 2d, "histogram"), One("latency_milliseconds_sum", "asset", "gold"));

        (double Value, string Kind) One(string metric, string label, string value)
        {
            var sample = Assert.Single(samples, sample => Text(sample, "metric") == metric && sample.GetProperty("labels").TryGetProperty(label, out var found) && found.GetString() == value);
            return (ClientEngine.Value(sample), Text(sample, "kind"));
        }
    }

    private async Task CheckTraceAsync(string id, IReadOnlyList<JsonElement> logs)
    {
        Assert.Equal(Rounds, logs.Select(log => Text(log, "trace_id")).Distinct().Count());
        foreach (var log in logs)
        {
            var spans = (await engine.GetTraceAsync(Text(log, "trace_id"))).GetProperty("spans").EnumerateArray().ToDictionary(span => Text(span, "name"));
            Assert.Equal(["settle", "sign"], spans.Keys.Order());
            Assert.Equal(Text(spans["settle"], "span_id"), Text(spans["sign"], "parent_span_id"));
            Assert.Equal(Text(log, "span_id"), Text(spans["sign"], "span_id"));
        }
        var last = await engine.TraceAsync(id);
        Assert.Equal("error", Text(last, "status"));
        var settle = Assert.Single(last.GetProperty("spans").EnumerateArray(), span => Text(span, "name") == "settle");
        Assert.Equal($$"""{"round":{{Rounds - 1}},"asset.names":["gold","größe"],"ratio":0.5,"urgent":true}""", settle.GetProperty("attributes").GetRawText());
    }

    private static string Text(JsonElement element, string member) => element.TryGetProperty(member, out var value) ? value.GetString()! : "";
}
