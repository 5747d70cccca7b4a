using System.Text;
using System.Text.Json;
using VmObs.Tests.Support;
using VmObs.Verification;

namespace VmObs.Tests.Api;

/// <summary>Receipts of traces that came as SPEC 2.3 documents.</summary>
public sealed class SentTraceReceiptTests
{
    private const string Spans = """
        "spans":[
          {"span_id":"span-001","parent_span_id":null,"name":"http_request","service":"portal","node":"did:vm:node:portal-01","start_time":"2025-12-06T13:59:59.000Z","duration_ms":6340},
          {"span_id":"span-002","parent_span_id":"span-001","name":"validate_settlement","service":"treasury-engine","node":"did:vm:node:brick-01","start_time":"2025-12-06T13:59:59.100Z","duration_ms":150}]
        """;

    [Fact]
    public async Task A_receipt_has_the_words_of_the_document_and_the_trace_verifies_and_is_found_by_either_id()
    {
        await using var front = await EngineFront.StartAsync();
        // The SPEC's document: its end and duration are not those of its spans, and its start lies in the hour after theirs.
        var receipt = await ReceiptAsync(front, $$"""
            {"trace_id":"trace-abc123...","name":"treasury_settlement","start_time":"2025-12-06T14:00:00.000Z","end_time":"2025-12-06T14:00:05.345Z","duration_ms":5345,"status":"ok",{{Spans}},"tags":["treasury","settlement","anchor"]}
            """);
        Assert.Equal("trace-abc123...", receipt.GetProperty("trace_id").GetString());
        Assert.Equal("treasury_settlement", receipt.GetProperty("name").GetString());
        Assert.Equal("2025-12-06T14:00:05.345Z", receipt.GetProperty("timestamp").GetString());
        Assert.Equal(5345, receipt.GetProperty("duration_ms").GetDouble());
        Assert.Equal("ok", receipt.GetProperty("status").GetString());
        Assert.Equal("2025-12-06T13:59:59.000Z", receipt.GetProperty("started_at").GetString());
        Assert.Equal(["observability", "trace", "treasury", "settlement", "anchor"], receipt.GetProperty("tags").EnumerateArray().Select(static tag => tag.GetString()));
        var id = receipt.GetProperty("w3c_trace_id").GetString()!;
        Assert.Equal($"trace:{id}:{receipt.GetProperty("decision")}", receipt.GetProperty("idempotency_key").GetString());
        Assert.Equal(await front.GetAsync("/obs/traces/trace-abc123..."), await front.GetAsync($"/obs/traces/{id}"));
        foreach (var filter in (string[])["trace_id == 'trace-abc123...'", $"w3c_trace_id == '{id}'", "duration_ms > 5000", "name == 'treasury_settlement'"])
            Assert.Single(await front.GetLinesAsync($"/obs/receipts?type=trace_complete&filter={Uri.EscapeDataString(filter)}"));
        Assert.Empty(DataFolderVerifier.Run(front.Engine.Folder, front.Engine.Key, VerificationDepth.Records).Findings);
        // A search and an analysis say the same of it.
        var found = JsonElement.Parse(Assert.Single(await front.GetLinesAsync("/obs/traces?service=treasury-engine&last=24h")));
        Assert.Equal(
            ("trace-abc123...", "treasury_settlement", "2025-12-06T14:00:05.345Z"),
            (found.GetProperty("trace_id").GetString(), found.GetProperty("name").GetString(), found.GetProperty("end_time").GetString()));
        var analysis = JsonElement.Parse(await front.GetAsync("/obs/traces/trace-abc123.../analysis"));
        Assert.Equal(6345, analysis.GetProperty("duration_ms").GetDouble());
        var after = analysis.GetProperty("critical_path").EnumerateArray().Last();
        Assert.Equal((JsonValueKind.Null, 6340, 5), (after.GetProperty("span_id").ValueKind, after.GetProperty("from_ms").GetDouble(), after.GetProperty("path_ms").GetDouble()));
    }

    [Theory]
    [InlineData("\"name\":7,\"end_time\":\"yesterday\",\"duration_ms\":-1,\"tags\":{}")]
    [InlineData("\"end_time\":\"2025-12-06T14:00:05.339Z\",\"duration_ms\":\"long\",\"tags\":[1]")]
    [InlineData("\"end_time\":\"2025-12-06T15:00:05.341Z\"")]
    [InlineData("\"status\":\"ok\"")]
    public async Task What_the_document_does_not_say_or_cannot_mean_is_said_of_its_spans(string members)
    {
        await using var front = await EngineFront.StartAsync();
        var receipt = await ReceiptAsync(front, $$"""{"trace_id":"trace-abc123...",{{members}},{{Spans}}}""");
        Assert.Equal("trace-abc123...", receipt.GetProperty("trace_id").GetString());
        Assert.Equal("http_request", receipt.GetProperty("name").GetString());
        Assert.Equal("2025-12-06T14:00:05.340Z", receipt.GetProperty("timestamp").GetString());
        Assert.Equal(6340, receipt.GetProperty("duration_ms").GetDouble());
        Assert.Equal(["observability", "trace", "portal", "treasury-engine"], receipt.GetProperty("tags").EnumerateArray().Select(static tag => tag.GetString()));
        Assert.Empty(DataFolderVerifier.Run(front.Engine.Folder, front.Engine.Key, VerificationDepth.Records).Findings);
    }

    [Fact]
    public async Task Of_a_trace_that_came_in_two_documents_only_the_id_is_as_it_was_sent()
    {
        await using var front = await EngineFront.StartAsync();
        var receipt = await ReceiptAsync(front, $$"""
            [{"trace_id":"trace-abc123...","name":"settlement","duration_ms":1,{{Spans}}},
             {"trace_id":"trace-abc123...","name":"anchor","duration_ms":2,"spans":[{"span_id":"span-003","parent_span_id":"span-001","name":"n","service":"s","node":"n","start_time":"2025-12-06T13:59:59.200Z","duration_ms":1}]}]
            """);
        Assert.Equal("trace-abc123...", receipt.GetProperty("trace_id").GetString());
        Assert.Equal("http_request", receipt.GetProperty("name").GetString());
        Assert.Equal(6340, receipt.GetProperty("duration_ms").GetDouble());
        Assert.Equal(3, receipt.GetProperty("span_count").GetInt32());
    }

    private static async Task<JsonElement> ReceiptAsync(EngineFront front, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { { "Content-Type", "application/json" } } };
        using var answer = await front.Main.PostAsync("/obs/ingest/traces", content, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        await front.Engine.SealAsync();
        return JsonElement.Parse(Assert.Single(await front.GetLinesAsync("/obs/receipts?type=trace_complete")));
    }
}
