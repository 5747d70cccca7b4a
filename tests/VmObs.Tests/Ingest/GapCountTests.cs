using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Snappier;
using VmObs.Ingest;
using VmObs.Receipts;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Tests.Receipts.Gaps;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Ingest;

/// <summary>What the door does not take, or takes late, stands in the receipt of the hour.</summary>
public sealed class GapCountTests
{
    private static readonly byte[] s_twoLogs = OtlpWriter.Protobuf(w => w.Logs(Samples.Log(10, "one"), Samples.Log(20, "two")));

    [Fact]
    public async Task Requests_that_are_refused_whole_are_counted_by_reason_with_the_records_that_are_known()
    {
        var sink = new OutcomeSink();
        await using var front = await EngineFront.StartAsync(new IngestLimits { MaxBodyBytes = 4096 }, sink);
        await PostAsync(front, "/v1/logs", s_twoLogs[..^3], HttpStatusCode.BadRequest);
        await PostAsync(front, "/v1/logs", new byte[4097], HttpStatusCode.RequestEntityTooLarge);
        await PostAsync(front, "/v1/logs", s_twoLogs, HttpStatusCode.UnsupportedMediaType, "text/plain");
        sink.Next = () => AppendOutcome.Busy("full", 5);
        await PostAsync(front, "/v1/logs", s_twoLogs, HttpStatusCode.TooManyRequests);
        sink.Next = () => throw new IOException("disk full");
        await PostAsync(front, "/v1/logs", s_twoLogs, HttpStatusCode.ServiceUnavailable);
        await PostAsync(front, "/v1/logs", s_twoLogs, HttpStatusCode.ServiceUnavailable);
        sink.Next = () => throw new InvalidOperationException("BUG: of a test");
        await PostAsync(front, "/v1/logs", s_twoLogs, HttpStatusCode.InternalServerError);
        sink.Next = () => AppendOutcome.Stored(1);
        await PostAsync(front, "/v1/logs", s_twoLogs, HttpStatusCode.OK);
        Assert.Equal(
            """{"logs":{"busy":{"records":2,"requests":1},"disk":{"records":4,"requests":2},"failed":{"records":0,"requests":1},"malformed":{"records":0,"requests":1},"too_large":{"records":0,"requests":1},"unsupported":{"records":0,"requests":1}}}""",
            (await GapAsync(front)).GetProperty("refused").GetRawText());
    }

    [Fact]
    public async Task Wrong_pushes_are_counted_under_their_protocol()
    {
        await using var front = await EngineFront.StartAsync();
        foreach (var path in new[] { "/api/v1/write", "/loki/api/v1/push" })
        {
            foreach (var type in new[] { "application/x-protobuf", "text/plain" })
            {
                using var content = new ByteArrayContent(Snappy.CompressToArray([0x0A, 0x05, 0x00]));
                content.Headers.ContentType = new MediaTypeHeaderValue(type);
                using var response = await front.Main.PostAsync(path, content, TestContext.Current.CancellationToken);
                Assert.False(response.IsSuccessStatusCode);
            }
        }
        var gap = await GapAsync(front);
        Assert.Equal(["loki 127.0.0.1", "remote_write 127.0.0.1"], gap.GetProperty("sources").EnumerateArray().Select(source => source.GetProperty("source").GetString()));
        const string Both = """{"malformed":{"records":0,"requests":1},"unsupported":{"records":0,"requests":1}}""";
        Assert.Equal($$"""{"logs":{{Both}},"metrics":{{Both}}}""", gap.GetProperty("refused").GetRawText());
    }

    [Fact]
    public async Task Records_of_sealed_hours_are_counted_as_late_and_are_all_in_the_late_batches()
    {
        await using var front = await EngineFront.StartAsync();
        await SendAllAsync(front, 10);
        await front.Engine.SealAsync();
        Assert.Equal(0, front.Count("vmobs_ingest_late_total{signal=logs}"));
        await SendAllAsync(front, 20);
        // The second into the open late batch; one of the two records is of an hour that is open.
        await PostAsync(front, "/v1/logs", OtlpWriter.Protobuf(w => w.Logs(Samples.Log(30, "late"), Samples.Log(4000, "in time"))), HttpStatusCode.OK);
        Assert.Equal(2, front.Count("vmobs_ingest_late_total{signal=logs}"));
        Assert.Equal(
            """{"logs":{"hour_sealed":{"records":2,"requests":2}},"metrics":{"hour_sealed":{"records":1,"requests":1}},"traces":{"hour_sealed":{"records":1,"requests":1}}}""",
            (await GapAsync(front)).GetProperty("late").GetRawText());
        var late = (await front.Engine.SealAsync()).ToDictionary(hour => hour.Signal);
        Assert.Equal((2L, 1L, 1L), (late[Signal.Logs].Logs!.Counts.Sum(), late[Signal.Metrics].Metrics!.Samples, late[Signal.Traces].Traces!.Spans));
        Assert.All(late.Values, hour => Assert.Equal(1, hour.LateIndex));
    }

    [Fact]
    public async Task A_refusal_beside_stored_records_is_counted_once_though_the_journal_replays_the_request()
    {
        await using var front = await EngineFront.StartAsync();
        await PostAsync(front, "/v1/logs", OtlpWriter.Protobuf(w => w.Logs(Samples.Log(10, "good"), Samples.Log(10_000, "ahead"))), HttpStatusCode.OK);
        front.Engine.Gaps.Save();
        for (var restart = 0; restart < 2; restart++)
            await front.Engine.ReopenAsync();
        Assert.Single(await front.Engine.FindAsync());
        Assert.Equal("""{"logs":{"too_far_ahead":{"records":1,"requests":1}}}""", (await GapAsync(front)).GetProperty("refused").GetRawText());
    }

    private static async Task SendAllAsync(EngineFront front, double seconds)
    {
        await PostAsync(front, "/v1/logs", OtlpWriter.Protobuf(w => w.Logs(Samples.Log(seconds, "x"))), HttpStatusCode.OK);
        await PostAsync(front, "/v1/metrics", OtlpWriter.Protobuf(w => w.Metrics(Samples.Gauge("up", (seconds, 1)))), HttpStatusCode.OK);
        await PostAsync(front, "/v1/traces", OtlpWriter.Protobuf(w => w.Traces(Samples.Span(new TraceId(1, (ulong)seconds), 1, 0, seconds, 1))), HttpStatusCode.OK);
    }

    private static async Task PostAsync(EngineFront front, string path, byte[] body, HttpStatusCode expected, string type = "application/x-protobuf")
    {
        using var response = await front.PostAsync(path, body, type);
        Assert.Equal(expected, response.StatusCode);
    }

    private static async Task<JsonElement> GapAsync(EngineFront front)
    {
        await front.Engine.Gaps.ReceiptAllAsync(TestContext.Current.CancellationToken);
        return JsonElement.Parse(Assert.Single(front.Engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue) { Types = new HashSet<string> { "obs_gap" } })));
    }

    /// <summary>A sink that ends each request as the test says.</summary>
    private sealed class OutcomeSink : ISink<LogBatch>
    {
        public Func<AppendOutcome> Next { get; set; } = () => AppendOutcome.Stored(1);

        public async ValueTask<AppendOutcome> AppendAsync(ReceivedRequest request, LogBatch batch, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return Next();
        }
    }
}
