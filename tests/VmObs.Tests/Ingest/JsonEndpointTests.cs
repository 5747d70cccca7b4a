using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using VmObs.Tests.Support;

namespace VmObs.Tests.Ingest;

public sealed class JsonEndpointTests
{
    [Fact]
    public async Task Spec_trace_comes_back_as_it_went_in()
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await PostAsync(front, "/obs/ingest/traces", JsonBodies.SpecTrace, "application/json");
        Assert.Equal("{\"taken\":4,\"refused\":0}", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var answer = await front.GetAsync("/obs/traces/trace-abc123...");
        Assert.Equal(JsonNode.Parse(JsonBodies.SpecTrace)!.ToJsonString(), JsonNode.Parse(answer)!.ToJsonString());
    }

    [Fact]
    public async Task Trace_in_two_documents_is_put_together()
    {
        await using var front = await EngineFront.StartAsync();
        const string Documents =
            """
            {"trace_id":"t","name":"one","status":"ok","spans":[{"span_id":"a","name":"n","start_time":"2025-12-06T14:30:00Z","duration_ms":2}]}
            {"trace_id":"t","name":"two","status":"error","spans":[{"span_id":"b","parent_span_id":"a","name":"m","start_time":"2025-12-06T14:30:01Z","duration_ms":2}]}
            """;
        using var response = await PostAsync(front, "/obs/ingest/traces", JsonBodies.Utf8(Documents));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var trace = JsonNode.Parse(await front.GetAsync("/obs/traces/t"))!;
        Assert.Equal(("t", "n", "error", 1002), ((string)trace["trace_id"]!, (string)trace["name"]!, (string)trace["status"]!, (int)trace["duration_ms"]!));
        Assert.Equal(["a", "b"], trace["spans"]!.AsArray().Select(static span => (string)span!["span_id"]!));
    }

    [Fact]
    public async Task Spec_log_comes_back_as_it_went_in()
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await PostAsync(front, "/obs/ingest/logs", JsonBodies.SpecLog, "application/json");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var line = Assert.Single(await front.GetLinesAsync("/obs/logs?from=2025-12-06T14:00:00Z&to=2025-12-06T15:00:00Z"));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(JsonBodies.SpecLog), JsonNode.Parse(line)), line);
    }

    [Fact]
    public async Task Spec_metrics_are_stored()
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await PostAsync(front, "/obs/ingest/metrics", JsonBodies.SpecMetric, "application/json");
        Assert.Equal("{\"taken\":8,\"refused\":0}", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var series = Assert.Single(await front.Engine.SelectAsync(("__name__", "cpu_percent"), ("node", "brick-01")));
        Assert.Equal([23.5], series.Values.ToArray());
    }

    [Fact]
    public async Task Bad_line_is_said_and_counted_and_the_others_are_stored()
    {
        await using var front = await EngineFront.StartAsync();
        using var mixed = await PostAsync(front, "/obs/ingest/logs", "{\"msg\":\"a\",\"time\":\"2025-12-06T14:30:15Z\"}\nnonsense\n"u8.ToArray());
        Assert.Equal(HttpStatusCode.OK, mixed.StatusCode);
        Assert.Contains("line 2: at byte 42 expected a value", (string)JsonNode.Parse(await mixed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["message"]!, StringComparison.Ordinal);
        Assert.Equal(1, front.Count("vmobs_ingest_refused_total{reason=malformed_record,signal=logs}"));
        using var bad = await PostAsync(front, "/obs/ingest/logs", "nonsense"u8.ToArray());
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        using var image = await PostAsync(front, "/obs/ingest/logs", [1], "image/png");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, image.StatusCode);
        Assert.Single(await front.Engine.FindAsync());
    }

    private static async Task<HttpResponseMessage> PostAsync(EngineFront front, string path, byte[] body, string type = "application/x-ndjson")
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return await front.Main.PostAsync(path, content, TestContext.Current.CancellationToken);
    }
}
