using System.Net;
using System.Text;
using System.Text.Json;
using VmObs.Signals.Traces;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Api;

public sealed class QueryApiTests
{
    private static readonly TraceId Trace = new(0x0102030405060708, 0x090a0b0c0d0e0f10);

    [Fact]
    public async Task Logs_are_the_stored_documents_newest_first_and_level_means_that_or_above()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "a", 9), Samples.Log(20, "b", 13), Samples.Log(30, "c", 17), Samples.Log(40, "d", 9, Samples.Portal));
        Assert.Equal(["d", "c", "b", "a"], Messages(await front.GetLinesAsync("/obs/logs?last=2h")));
        Assert.Equal(["c", "b"], Messages(await front.GetLinesAsync("/obs/logs?last=2h&level=WARN")));
        Assert.Equal(["a", "b"], Messages(await front.GetLinesAsync("/obs/logs?last=2h&order=oldest&limit=2")));
        Assert.Equal(["d"], Messages(await front.GetLinesAsync("/obs/logs?last=2h&service=portal")));
        Assert.Equal(["d"], Messages(await front.GetLinesAsync("/obs/logs?last=2h&node=did:vm:node:portal-01")));
        Assert.Equal(["b"], Messages(await front.GetLinesAsync("/obs/logs?last=2h&text=B")));
        Assert.Equal(["b"], Messages(await front.GetLinesAsync("/obs/logs?from=2025-12-06T13:00:20Z&to=2025-12-06T13:00:30Z")));
        Assert.Empty(await front.GetLinesAsync("/obs/logs?last=15m"));
    }

    [Fact]
    public async Task More_lines_than_fit_one_buffer_all_come()
    {
        await using var front = await EngineFront.StartAsync();
        var text = new string('x', 500);
        await front.Engine.LogsAsync([.. Enumerable.Range(0, 300).Select(i => Samples.Log(i, $"{i} {text}"))]);
        var lines = await front.GetLinesAsync("/obs/logs?last=2h&limit=1000");
        Assert.Equal(Enumerable.Range(0, 300).Reverse().Select(i => $"{i} {text}"), Messages(lines));
    }

    [Fact]
    public async Task Metrics_are_one_object_a_sample()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.MetricsAsync(Samples.Gauge("cpu_percent", (1, 2.5), (2, double.NaN)), Samples.Gauge("memory_percent", (1, 50)));
        var lines = await front.GetLinesAsync("/obs/metrics?last=2h&metric=cpu_percent&node=brick-01&label=service=guardian");
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("{\"metric\":\"cpu_percent\",\"labels\":{", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("\"node\":\"did:vm:node:brick-01\",\"service\":\"guardian\",\"category\":\"system\",\"kind\":\"gauge\",\"unit\":\"%\",\"timestamp\":\"2025-12-06T13:00:01.000Z\",\"value\":2.5}", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("\"value\":\"NaN\"}", lines[1], StringComparison.Ordinal);
        Assert.Equal(3, (await front.GetLinesAsync("/obs/metrics?last=2h")).Length);
        Assert.Equal(2, (await front.GetLinesAsync("/obs/metrics?last=2h&limit=2")).Length);
        Assert.Empty(await front.GetLinesAsync("/obs/metrics?last=2h&label=service=portal"));
        Assert.Equal(3, (await front.GetLinesAsync("/obs/metrics?last=2h&category=system")).Length);
        Assert.Empty(await front.GetLinesAsync("/obs/metrics?last=2h&category=mesh"));
    }

    [Theory]
    [InlineData("0102030405060708090a0b0c0d0e0f10")]
    [InlineData("trace-0102030405060708090a0b0c0d0e0f10")]
    [InlineData("0102030405060708090A0B0C0D0E0F10")]
    public async Task A_trace_is_the_SPECs_document(string id)
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.TracesAsync(Samples.Span(Trace, 1, 0, 10, 2), Samples.Span(Trace, 2, 1, 11, 0.5, failed: true));
        using var document = JsonDocument.Parse(await front.GetAsync($"/obs/traces/{id}"));
        Assert.Equal("0102030405060708090a0b0c0d0e0f10", document.RootElement.GetProperty("trace_id").GetString());
        Assert.Equal("span-1", document.RootElement.GetProperty("name").GetString());
        Assert.Equal("error", document.RootElement.GetProperty("status").GetString());
        Assert.Equal(2, document.RootElement.GetProperty("spans").GetArrayLength());
    }

    [Fact]
    public async Task Sealing_answers_with_the_hours_and_their_receipts_and_root_stand()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "a"));
        await front.Engine.MetricsAsync(Samples.Gauge("cpu_percent", (1, 2.5)));
        await front.Engine.TracesAsync(Samples.Span(Trace, 1, 0, 10, 9));
        using var response = await front.Main.PostAsync("/obs/seal", null, TestContext.Current.CancellationToken);
        var hours = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, hours.Length);
        Assert.Contains(hours, hour => hour.StartsWith(
            "{\"signal\":\"logs\",\"period\":{\"start\":\"2025-12-06T13:00:00Z\",\"end\":\"2025-12-06T14:00:00Z\"},\"late_index\":0,\"storage_path\":\"telemetry/logs/2025-12-06/hour-14.jsonl.gz\",\"content_hash\":\"blake3:", StringComparison.Ordinal));

        var receipts = await front.GetLinesAsync("/obs/receipts");
        Assert.Equal(File.ReadAllLines(front.Engine.Ledger.FilePath), receipts);
        Assert.Equal(4, receipts.Length);
        Assert.Equal(2, (await front.GetLinesAsync("/obs/receipts?type=log_batch,obs_trace_complete")).Length);
        Assert.Equal(receipts[^1..], await front.GetLinesAsync("/obs/receipts?limit=1"));
        Assert.Single(await front.GetLinesAsync("/obs/receipts?type=trace_complete&node=brick-01"));
        Assert.Empty(await front.GetLinesAsync("/obs/receipts?to=2025-12-06T13:00:00Z"));
        Assert.Equal(Encoding.UTF8.GetString(front.Engine.Ledger.Root), await front.GetAsync("/obs/root"));
        Assert.Equal("4", (await front.GetAsync("/obs/root")).Split('\n')[1]);
    }

    [Theory]
    [InlineData("/obs/seal")]
    [InlineData("/obs/expire")]
    public async Task What_an_operator_has_done_is_a_list_as_any_other(string path)
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "a"));
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { { "Accept", "application/json" } } };
        using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        using var list = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["items", "next_cursor"], list.RootElement.EnumerateObject().Select(static member => member.Name));
        Assert.Equal(path == "/obs/seal" ? 1 : 0, list.RootElement.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Health_says_how_the_engine_is()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "a"));
        front.Engine.Time.Advance(TimeSpan.FromSeconds(90));
        using var document = JsonDocument.Parse(await front.GetAsync("/obs/health"));
        var health = document.RootElement;
        Assert.Equal("ok", health.GetProperty("status").GetString());
        Assert.Equal(90, health.GetProperty("uptime_seconds").GetInt64());
        Assert.Equal("2025-12-06T14:30:00.000Z", health.GetProperty("started_at").GetString());
        Assert.Equal("0.1.0", health.GetProperty("version").GetString());
        Assert.Equal(1, health.GetProperty("open_hours").GetProperty("logs").GetInt32());
        Assert.Equal(0, health.GetProperty("open_hours").GetProperty("traces").GetInt32());
        Assert.True(health.GetProperty("head_bytes").GetInt64() > 0);
    }

    [Theory]
    [InlineData("/obs/logs?level=warning", 400, "level", "warning", "did you mean warn?")]
    [InlineData("/obs/logs?levle=warn", 400, "levle", "warn", "did you mean level?")]
    [InlineData("/obs/logs?limit=0", 400, "limit", "0", "a number from 1 to 100000")]
    [InlineData("/obs/logs?limit=100001", 400, "limit", "100001", "a number from 1 to 100000")]
    [InlineData("/obs/logs?limit=ten", 400, "limit", "ten", "a number from 1 to 100000")]
    [InlineData("/obs/logs?service=a&service=b", 400, "service", "a,b", "it once")]
    [InlineData("/obs/logs?service=", 400, "service", "", "a value, or not this parameter")]
    [InlineData("/obs/logs?last=1hour", 400, "last", "1hour", "did you mean 1h?")]
    [InlineData("/obs/logs?order=up", 400, "order", "up", "newest, oldest")]
    [InlineData("/obs/logs?from=x", 400, "from", "x", "a time such as")]
    [InlineData("/obs/metrics?label=region", 400, "label", "region", "name=value")]
    [InlineData("/obs/metrics?limit=0", 400, "limit", "0", "a number from 1 to 100000")]
    [InlineData("/obs/receipts?type=log_bach", 400, "type", "log_bach", "did you mean log_batch?")]
    [InlineData("/obs/traces/abc", 404, "id", "abc", "32 hexadecimal digits")]
    [InlineData("/obs/traces/xyz", 404, "id", "xyz", "32 hexadecimal digits")]
    [InlineData("/obs/traces?duration=1s", 400, "duration", "1s", ">1s")]
    [InlineData("/obs/traces?min_duration=1", 400, "min_duration", "1", "a duration such as 250ms")]
    [InlineData("/obs/traces?tag=x", 400, "tag", "x", "http.method=POST")]
    [InlineData("/obs/traces?filter=status%20is%20ok", 400, "filter", "status is ok", "column 8")]
    [InlineData("/obs/traces?cursor=x", 400, "cursor", "x", "next cursor")]
    [InlineData("/obs/traces?status=failed", 400, "status", "failed", "ok, error")]
    [InlineData("/obs/traces/ffffffffffffffffffffffffffffffff", 404, "id", "ffffffffffffffffffffffffffffffff", "a trace that was received")]
    [InlineData("/obs/nothing", 404, "path", "/obs/nothing", "docs/api.md")]
    [InlineData("/obs/seal", 405, "method", "GET", "POST")]
    public async Task What_cannot_be_answered_says_where_got_and_wanted(string path, int status, string where, string got, string wanted)
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await front.Main.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.ToString());
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var problem = document.RootElement;
        Assert.Equal(where, problem.GetProperty("where").GetString());
        Assert.Equal(got, problem.GetProperty("got").GetString());
        Assert.Contains(wanted, problem.GetProperty("wanted").GetString(), StringComparison.Ordinal);
        Assert.Contains(wanted, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task A_damaged_file_is_a_500_that_names_it()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "a"));
        var sealedHour = Assert.Single(await front.Engine.SealAsync());
        File.WriteAllText(front.Engine.PathOf(sealedHour.StoragePath), "not gzip");
        using var response = await front.Main.GetAsync("/obs/logs?last=2h", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("hour-14.jsonl.gz", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static IEnumerable<string?> Messages(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            using var document = JsonDocument.Parse(line);
            yield return document.RootElement.GetProperty("message").GetString();
        }
    }
}
