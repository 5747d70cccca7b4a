using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using VmObs.Ingest;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Ingest;

public sealed class OtlpHttpTests
{
    private static readonly byte[] TwoLogs = OtlpWriter.Protobuf(w => w.Logs(Samples.Log(10, "one"), Samples.Log(20, "two")));

    // A record too far ahead of its arrival beside a good one.
    private static readonly byte[] OneGoodOneAhead = OtlpWriter.Protobuf(w => w.Logs(Samples.Log(10, "good"), Samples.Log(10_000, "ahead")));

    [Fact]
    public async Task Every_signal_is_stored_and_answered_with_an_empty_body()
    {
        await using var front = await EngineFront.StartAsync();
        var bodies = new[]
        {
            ("/v1/logs", TwoLogs),
            ("/v1/metrics", OtlpWriter.Protobuf(w => w.Metrics(Samples.Gauge("cpu_percent", (1, 2.5))))),
            ("/v1/traces", OtlpWriter.Protobuf(w => w.Traces(Samples.Span(new TraceId(1, 2), 1, 0, 5, 1)))),
        };
        foreach (var (path, body) in bodies)
        {
            using var response = await front.PostAsync(path, body);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("application/x-protobuf", response.Content.Headers.ContentType?.ToString());
            Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
        Assert.Equal(2, (await front.Engine.FindAsync()).Count);
        Assert.Single(await front.Engine.SelectAsync(("__name__", "cpu_percent")));
        Assert.Single(await front.Engine.Store.Traces.GetAsync(new TraceId(1, 2), QueryBudget.Unlimited(), TestContext.Current.CancellationToken));
        Assert.Equal(2, front.Count("vmobs_ingest_records_total{signal=logs}"));
        Assert.Equal(1, front.Count("vmobs_ingest_requests_total{outcome=stored,signal=traces}"));
    }

    [Fact]
    public async Task Gzip_and_JSON_are_taken_and_JSON_is_answered_in_JSON()
    {
        await using var front = await EngineFront.StartAsync();
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(TwoLogs, TestContext.Current.CancellationToken);
        using var first = await front.PostAsync("/v1/logs", packed.ToArray(), coding: "gzip");
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var second = await front.PostAsync("/v1/logs", OtlpWriter.Json(w => w.Logs(Samples.Log(30, "three"))), "application/json; charset=utf-8");
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal("{}", await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(3, (await front.Engine.FindAsync()).Count);
    }

    [Fact]
    public async Task The_main_address_takes_OTLP_as_well()
    {
        await using var front = await EngineFront.StartAsync();
        using var content = new ByteArrayContent(TwoLogs);
        content.Headers.ContentType = new("application/x-protobuf");
        using var response = await front.Main.PostAsync("/v1/logs", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task The_OTLP_address_answers_nothing_else()
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await front.Otlp.GetAsync("/obs/health", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(front.Main.BaseAddress!.ToString().TrimEnd('/'), await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain", null, "want application/x-protobuf or application/json")]
    [InlineData("application/x-protobuf", "br", "Content-Encoding: got \\u0022br\\u0022, want gzip, zstd, deflate or identity")]
    public async Task A_kind_that_is_not_taken_is_named_with_those_that_are(string type, string? coding, string want)
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await front.PostAsync("/v1/logs", TwoLogs, type, coding);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains(want, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_body_is_answered_in_its_own_encoding_with_place_and_expectation()
    {
        await using var front = await EngineFront.StartAsync();
        using var protobuf = await front.PostAsync("/v1/logs", TwoLogs[..^3]);
        Assert.Equal(HttpStatusCode.BadRequest, protobuf.StatusCode);
        var status = await protobuf.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal([0x08, 3, 0x12], status[..3]);
        Assert.Contains("at byte", Encoding.UTF8.GetString(status), StringComparison.Ordinal);
        Assert.Contains("expected", Encoding.UTF8.GetString(status), StringComparison.Ordinal);

        using var json = await front.PostAsync("/v1/logs", "{\"resourceLogs\":7}"u8.ToArray(), "application/json");
        Assert.Equal(HttpStatusCode.BadRequest, json.StatusCode);
        using var document = JsonDocument.Parse(await json.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(3, document.RootElement.GetProperty("code").GetInt32());
        Assert.Contains("at byte", document.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(await front.Engine.FindAsync());
        Assert.Equal(2, front.Count("vmobs_ingest_requests_total{outcome=malformed,signal=logs}"));
    }

    [Fact]
    public async Task Refused_records_are_a_partial_success_and_counted_by_reason()
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await front.PostAsync("/v1/logs", OneGoodOneAhead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0x0a, body[0]);
        // partial_success {rejected_log_records: 1, error_message: …}, behind its length.
        Assert.InRange(body.AsSpan().IndexOf([(byte)0x08, (byte)1, (byte)0x12]), 2, 6);
        Assert.Contains("too_far_ahead", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        Assert.Single(await front.Engine.FindAsync());
        Assert.Equal(1, front.Count("vmobs_ingest_records_total{signal=logs}"));
        Assert.Equal(1, front.Count("vmobs_ingest_refused_total{reason=too_far_ahead,signal=logs}"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_the_limit_is_refused_declared_or_not(bool chunked)
    {
        await using var front = await EngineFront.StartAsync(new IngestLimits { MaxBodyBytes = 1000 });
        using var content = new ByteArrayContent(new byte[1001]);
        content.Headers.ContentType = new("application/x-protobuf");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/logs") { Content = content };
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await front.Otlp.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("want at most", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_of_exactly_the_limit_is_taken()
    {
        await using var front = await EngineFront.StartAsync(new IngestLimits { MaxBodyBytes = TwoLogs.Length });
        using var response = await front.PostAsync("/v1/logs", TwoLogs);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Bodies_in_flight_are_bounded_and_their_room_is_given_back()
    {
        var sink = new HeldSink();
        await using var front = await EngineFront.StartAsync(new IngestLimits { MaxBytesInFlight = TwoLogs.Length + 10 }, sink);
        var held = front.PostAsync("/v1/logs", TwoLogs);
        await sink.Entered.Task;
        using var second = await front.PostAsync("/v1/logs", TwoLogs);
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.Equal("1", second.Headers.RetryAfter?.ToString());
        sink.Outcome.SetResult(AppendOutcome.Stored(1));
        Assert.Equal(HttpStatusCode.OK, (await held).StatusCode);
        using var third = await front.PostAsync("/v1/logs", TwoLogs);
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task A_busy_store_is_429_with_Retry_After_and_counted()
    {
        var sink = new HeldSink();
        sink.Outcome.SetResult(AppendOutcome.Busy("open hours are full", 7));
        await using var front = await EngineFront.StartAsync(logSink: sink);
        using var response = await front.PostAsync("/v1/logs", TwoLogs);
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("7", response.Headers.RetryAfter?.ToString());
        Assert.Contains("open hours are full", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(2, front.Count("vmobs_ingest_refused_total{reason=busy,signal=logs}"));
        Assert.Equal(0, front.Count("vmobs_ingest_records_total{signal=logs}"));
    }

    [Fact]
    public async Task A_disk_that_refuses_is_503_with_Retry_After_and_shows_in_health_until_it_works_again()
    {
        var sink = new HeldSink();
        sink.Outcome.SetException(new IOException("disk full"));
        await using var front = await EngineFront.StartAsync(logSink: sink);
        using var response = await front.PostAsync("/v1/logs", TwoLogs);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.True(int.Parse(response.Headers.RetryAfter!.ToString(), CultureInfo.InvariantCulture) > 0);
        using var health = await front.Main.GetAsync("/obs/health", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Contains("\"failure\":\"disk full\"", await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        using var metrics = await front.PostAsync("/v1/metrics", OtlpWriter.Protobuf(w => w.Metrics(Samples.Gauge("cpu_percent", (1, 2.5)))));
        Assert.Equal(HttpStatusCode.OK, metrics.StatusCode);
        Assert.Contains("\"status\":\"ok\"", await front.GetAsync("/obs/health"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sender_that_breaks_off_leaves_nothing_behind()
    {
        await using var front = await EngineFront.StartAsync(new IngestLimits { MaxBytesInFlight = TwoLogs.Length + 10 });
        using (var client = new TcpClient())
        {
            await client.ConnectAsync("127.0.0.1", front.Otlp.BaseAddress!.Port, TestContext.Current.CancellationToken);
            var head = $"POST /v1/logs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-protobuf\r\nContent-Length: {TwoLogs.Length}\r\n\r\n";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync(TwoLogs.AsMemory(0, TwoLogs.Length - 1), TestContext.Current.CancellationToken);
            client.Client.LingerState = new LingerOption(true, 0);
        }
        while (front.Count("vmobs_ingest_requests_total{outcome=broken_off,signal=logs}") == 0)
            await Task.Yield();
        using var response = await front.PostAsync("/v1/logs", TwoLogs);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, (await front.Engine.FindAsync()).Count);
    }

    /// <summary>A sink that gives the outcome that the test sets, when it sets it.</summary>
    private sealed class HeldSink : ISink<LogBatch>
    {
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<AppendOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask<AppendOutcome> AppendAsync(ReceivedRequest request, LogBatch batch, CancellationToken cancellationToken)
        {
            Entered.TrySetResult();
            return await Outcome.Task;
        }
    }
}
