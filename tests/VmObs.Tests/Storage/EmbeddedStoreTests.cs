using System.IO.Compression;
using System.Text;
using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Receipts;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Journal;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage;

public sealed class EmbeddedStoreTests
{
    private const string LogFile = "telemetry/logs/2025-12-06/hour-14.jsonl.gz";
    private static readonly TraceId s_trace = new(0x0123456789abcdef, 0xfedcba9876543210);

    [Fact]
    public async Task Records_are_found_once_at_every_stage_of_their_life()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await FillAsync(engine);
        await AssertFilledAsync(engine);
        await engine.ReopenAsync();
        await AssertFilledAsync(engine);
        Assert.Equal([Signal.Metrics, Signal.Logs, Signal.Traces], (await engine.SealAsync()).Select(hour => hour.Signal));
        await AssertFilledAsync(engine);
        await engine.ReopenAsync();
        await AssertFilledAsync(engine);
        Assert.Empty(await engine.SealAsync());
    }

    [Fact]
    public async Task A_sealed_log_file_is_gzip_of_the_documents_and_has_the_receipted_hash()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.LogsAsync(Samples.Log(10, "started"), Samples.Log(60.25, "anchor \"failed\"", severity: 17), Samples.Log(5, "hello", resource: Samples.Portal));
        await engine.SealAsync();
        var file = File.ReadAllBytes(engine.PathOf(LogFile));
        using var receipt = JsonDocument.Parse(Assert.Single(engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue))));
        Assert.Equal("blake3:" + Blake3.Hash(file).ToHex(), receipt.RootElement.GetProperty("content_hash").GetString());
        Assert.Equal("logs-2025-12-06-14", receipt.RootElement.GetProperty("batch_id").GetString());
        Assert.Equal("""{"debug":0,"error":1,"fatal":0,"info":2,"trace":0,"warn":0}""", receipt.RootElement.GetProperty("log_counts").GetRawText());
        Assert.Equal("""["guardian","portal"]""", receipt.RootElement.GetProperty("services_reporting").GetRawText());
        using var text = new StreamReader(new GZipStream(new MemoryStream(file), CompressionMode.Decompress));
        var lines = text.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        // Debug to warn first, then errors; within a class by stream, then time.
        Assert.StartsWith("""{"log_id":"log:guardian:2025-12-06T13:00:10.000Z","timestamp":"2025-12-06T13:00:10.000Z","level":"info","service":"guardian","node":"did:vm:node:brick-01","message":"started",""", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"message\":\"anchor \\\"failed\\\"\"", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Late_records_become_a_late_batch_that_names_what_it_amends()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.LogsAsync(Samples.Log(10, "first"));
        await engine.SealAsync();
        await engine.LogsAsync(Samples.Log(10, "late"));
        await engine.SealAsync();
        var found = await engine.FindAsync();
        Assert.Equal(["log:guardian:2025-12-06T13:00:10.000Z", "log:guardian:2025-12-06T13:00:10.000Z#1"], found.Select(Id).Order());
        Assert.True(File.Exists(engine.PathOf("telemetry/logs/2025-12-06/hour-14.late-1.jsonl.gz")));
        using var receipt = JsonDocument.Parse(engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue)).Last());
        Assert.Equal("logs-2025-12-06-14", receipt.RootElement.GetProperty("amends").GetString());
    }

    [Fact]
    public async Task Ids_stay_unique_when_times_collide_across_restarts()
    {
        await using var engine = await EngineFolder.OpenAsync();
        for (var round = 0; round < 3; round++)
        {
            await engine.LogsAsync(Samples.Log(10, "a"), Samples.Log(10, "b"), Samples.Log(9, "c"));
            await engine.ReopenAsync();
        }
        var ids = (await engine.FindAsync()).Select(Id).ToList();
        Assert.Equal(9, ids.Count);
        Assert.Equal(9, ids.Distinct().Count());
    }

    [Fact]
    public async Task Late_records_that_come_while_their_hour_is_being_sealed_have_ids_of_their_own()
    {
        var disk = new RefusingDisk();
        await using var engine = new EngineFolder { Disk = disk };
        await engine.ReopenAsync();
        await engine.LogsAsync(Samples.Log(10, "first"));
        disk.Refuses = static (operation, path) => operation == "rename" && path.Contains("logs", StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => engine.SealAsync());
        await engine.LogsAsync(Samples.Log(10, "late"));
        var before = (await engine.FindAsync()).Select(Id).Order().ToList();
        Assert.Equal(["log:guardian:2025-12-06T13:00:10.000Z", "log:guardian:2025-12-06T13:00:10.000Z#1"], before);
        disk.Refuses = static (_, _) => false;
        await engine.ReopenAsync();
        Assert.Equal(before, (await engine.FindAsync()).Select(Id).Order());
    }

    [Fact]
    public async Task An_hour_seals_by_itself_after_the_grace()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.LogsAsync(Samples.Log(10, "x"));
        using var stop = new CancellationTokenSource();
        var run = engine.Store.RunAsync(stop.Token);
        engine.Time.Advance(TimeSpan.FromMinutes(4));
        engine.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(EngineFolder.Hour, (await engine.FirstSealed.Task.WaitAsync(TestContext.Current.CancellationToken)).Hour);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Single(await engine.FindAsync());
    }

    [Fact]
    public async Task An_hour_larger_than_the_memory_is_taken_found_and_sealed()
    {
        const int Requests = 200, Limit = 16 * 1024;
        await using var engine = await EngineFolder.OpenAsync(new StoreOptions("") { HeadBudgetBytes = Limit });
        for (var i = 0; i < Requests; i++)
        {
            Assert.True((await engine.LogsAsync(Samples.Log(i, new string('x', 500)))).Accepted);
            Assert.True((await engine.MetricsAsync(Samples.Gauge("m", (i, i)))).Accepted);
            Assert.True((await engine.TracesAsync(Samples.Span(new TraceId(1, (ulong)i + 1), 1, 0, i, 1), Samples.Span(s_endless, 1, 0, i, 1))).Accepted);
        }
        await AllAreFoundAsync(engine, Requests);
        Assert.InRange(engine.Store.Memory.Used, 0, Limit);
        await engine.ReopenAsync();
        await AllAreFoundAsync(engine, Requests);
        await engine.SealAsync();
        await AllAreFoundAsync(engine, Requests);
        Assert.Equal(0, engine.Store.Memory.Used);
        Assert.Empty(Directory.GetFiles(Path.Combine(engine.Folder, "spill"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Hours_in_any_number_and_order_are_taken_and_sealed_once_each()
    {
        const int Hours = 168;
        await using var engine = await EngineFolder.OpenAsync(new StoreOptions("") { HeadBudgetBytes = 64 * 1024 });
        var order = Enumerable.Range(0, Hours * 3).Select(i => i % Hours).ToArray();
        new Random(7).Shuffle(order);
        foreach (var hour in order)
        {
            var seconds = -3600.0 * hour;
            Assert.True((await engine.LogsAsync(Samples.Log(seconds, "l"))).Accepted);
            Assert.True((await engine.MetricsAsync(Samples.Gauge("m", (seconds, hour)))).Accepted);
            Assert.True((await engine.TracesAsync(Samples.Span(new TraceId(2, (ulong)hour + 1), 1, 0, seconds, 1))).Accepted);
        }
        var hours = await engine.SealAsync();
        Assert.Equal(3 * Hours, hours.Count);
        Assert.All(hours, hour => Assert.Equal(0, hour.LateIndex));
        Assert.Equal(order.Length, (await engine.FindAsync()).Count);
        Assert.Equal(order.Length, Assert.Single(await engine.SelectAsync(("__name__", "m"))).Values.Length);
    }

    private static readonly TraceId s_endless = new(9, 9);

    private static async Task AllAreFoundAsync(EngineFolder engine, int requests)
    {
        Assert.Equal(requests, (await engine.FindAsync()).Count);
        Assert.Equal(requests, Assert.Single(await engine.SelectAsync(("__name__", "m"))).Values.Length);
        Assert.Equal(requests, (await engine.Store.Traces.GetAsync(s_endless, QueryBudget.Unlimited(), TestContext.Current.CancellationToken)).Count);
        for (var i = 0; i < requests; i += 20)
            Assert.Single(await engine.Store.Traces.GetAsync(new TraceId(1, (ulong)i + 1), QueryBudget.Unlimited(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_replay_that_begins_amid_a_trace_does_not_take_the_rest_of_it_for_another_one()
    {
        await using var engine = await EngineFolder.OpenAsync();
        var trace = new TraceId(3, 3);
        // The trace belongs to the hour of its first span. A line of an hour that stays open keeps the journal from the record before the second.
        Assert.True((await engine.TracesAsync(Samples.Span(trace, 1, 0, -60, 1))).Accepted);
        Assert.True((await engine.LogsAsync(Samples.Log(3660, "open"))).Accepted);
        Assert.True((await engine.TracesAsync(Samples.Span(trace, 2, 1, 60, 1))).Accepted);
        Assert.Single(await engine.SealAsync());
        await engine.ReopenAsync();
        Assert.Equal(2, (await engine.Store.Traces.GetAsync(trace, QueryBudget.Unlimited(), TestContext.Current.CancellationToken)).Count);
        Assert.Empty(await engine.SealAsync());
    }

    [Fact]
    public async Task A_signal_that_is_silent_does_not_keep_the_journal_of_the_others()
    {
        await using var engine = await EngineFolder.OpenAsync();
        for (var i = 0; i < 10; i++)
            Assert.True((await engine.MetricsAsync(Samples.Gauge("m", (i, i)))).Accepted);
        await engine.SealAsync();
        Assert.Equal(11, LowWaterMark.Read(Path.Combine(engine.Folder, "journal")).Position);
    }

    [Fact]
    public async Task The_memory_of_sealed_hours_is_given_back_in_full()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await FillAsync(engine);
        await engine.ReopenAsync();
        Assert.True(engine.Store.Memory.Used > 0);
        await engine.SealAsync();
        Assert.Equal(0, engine.Store.Memory.Used);
    }

    [Fact]
    public async Task A_copy_of_a_live_folder_opens_and_holds_what_was_acknowledged()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await FillAsync(engine);
        await using var copy = new EngineFolder();
        CopyFolder(engine.Folder, copy.Folder);
        await copy.ReopenAsync();
        await AssertFilledAsync(copy);
        await copy.SealAsync();
        await AssertFilledAsync(copy);
    }

    [Fact]
    public async Task Spans_that_start_together_come_with_the_longest_first()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.TracesAsync(Samples.Span(s_trace, 3, 2, 10, 0.25), Samples.Span(s_trace, 1, 2, 10, 0.25), Samples.Span(s_trace, 2, 0, 10, 1), Samples.Span(s_trace, 4, 0, 9, 1));
        var spans = await engine.Store.Traces.GetAsync(s_trace, QueryBudget.Unlimited(), TestContext.Current.CancellationToken);
        Assert.Equal(new ulong[] { 4, 2, 1, 3 }, spans.Select(span => new SpanRecord(span.Span).SpanId));
    }

    [Fact]
    public async Task Significant_traces_get_receipts_of_their_own_once()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.TracesAsync(Samples.Span(s_trace, 1, 0, 10, 2.5, resource: Samples.Portal), Samples.Span(s_trace, 2, 1, 10.5, 1, failed: true));
        await engine.TracesAsync(Samples.Span(new TraceId(1, 1), 1, 0, 10, 1));
        await engine.SealAsync();
        await engine.ReopenAsync();
        var receipts = engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue) { Types = new HashSet<string> { "obs_trace_complete" } });
        using var receipt = JsonDocument.Parse(Assert.Single(receipts));
        var root = receipt.RootElement;
        Assert.Equal(s_trace.ToString(), root.GetProperty("trace_id").GetString());
        Assert.Equal("span-1", root.GetProperty("name").GetString());
        Assert.Equal(2500, root.GetProperty("duration_ms").GetDouble());
        Assert.Equal("error", root.GetProperty("status").GetString());
        Assert.Equal(2, root.GetProperty("span_count").GetInt32());
        Assert.Equal("""["portal","guardian"]""", root.GetProperty("services_involved").GetRawText());
        Assert.Equal("""["portal-01","brick-01"]""", root.GetProperty("nodes_involved").GetRawText());
    }

    [Fact]
    public async Task Metric_snapshots_hold_the_configured_aggregates()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.MetricsAsync(Samples.Gauge("cpu_percent", (30, 90), (10, 10), (20, 20)));
        await engine.SealAsync();
        using var receipt = JsonDocument.Parse(Assert.Single(engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue))));
        var aggregates = receipt.RootElement.GetProperty("aggregates");
        Assert.Equal(40, aggregates.GetProperty("avg_cpu_percent").GetDouble());
        Assert.Equal(90, aggregates.GetProperty("max_cpu_percent").GetDouble());
        Assert.Equal(JsonValueKind.Null, aggregates.GetProperty("avg_memory_percent").ValueKind);
        Assert.Equal(1, receipt.RootElement.GetProperty("nodes_reporting").GetInt32());
        Assert.Equal(3, receipt.RootElement.GetProperty("metrics_collected").GetInt32());
    }

    [Fact]
    public async Task Log_queries_keep_their_conditions()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.LogsAsync(Samples.Log(1, "Anchor failed", 17), Samples.Log(2, "anchor done"), Samples.Log(3, "portal up", resource: Samples.Portal));
        await AssertAnswersAsync();
        await engine.SealAsync();
        await AssertAnswersAsync();

        async Task AssertAnswersAsync()
        {
            var all = new LogQuery(0, long.MaxValue);
            Assert.Equal(["portal up", "anchor done", "Anchor failed"], await MessagesAsync(all));
            Assert.Equal(["Anchor failed", "anchor done", "portal up"], await MessagesAsync(all with { NewestFirst = false }));
            Assert.Equal(["anchor done", "Anchor failed"], await MessagesAsync(all with { Text = "ANCHOR" }));
            Assert.Equal(["Anchor failed"], await MessagesAsync(all with { MinLevel = Level.Error }));
            Assert.Equal(["portal up"], await MessagesAsync(all with { Service = "portal" }));
            Assert.Equal(["anchor done", "Anchor failed"], await MessagesAsync(all with { Node = "did:vm:node:brick-01" }));
            Assert.Equal(["portal up"], await MessagesAsync(all with { Limit = 1 }));
            Assert.Equal(["anchor done"], await MessagesAsync(all with { FromUnixNanos = (long)Samples.At(2), ToUnixNanos = (long)Samples.At(3) }));
            Assert.Empty(await MessagesAsync(all with { Text = "did:vm" }));
        }

        async Task<List<string>> MessagesAsync(LogQuery query) => [.. (await engine.FindAsync(query)).Select(record => Member(record, "message"))];
    }

    private static async Task FillAsync(EngineFolder engine)
    {
        for (var i = 0; i < 50; i++)
        {
            Assert.True((await engine.LogsAsync(Samples.Log(i, $"line {i}", severity: 1 + (i % 24)))).Accepted);
            Assert.True((await engine.MetricsAsync(Samples.Gauge("cpu_percent", (i, i * 0.5)), Samples.Gauge("memory_percent", (i, double.NaN)))).Accepted);
        }
        await engine.TracesAsync(Samples.Span(s_trace, 1, 0, 10, 1, resource: Samples.Portal));
        await engine.TracesAsync(Samples.Span(s_trace, 2, 1, 10, 0.5));
    }

    private static async Task AssertFilledAsync(EngineFolder engine)
    {
        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"line {i}"), (await engine.FindAsync()).Select(r => Member(r, "message")).Reverse());
        var series = await engine.SelectAsync(("node", "brick-01"));
        Assert.Equal(["cpu_percent", "memory_percent"], series.Select(s => Encoding.UTF8.GetString(LabelKey.ValueOf(s.Key.Span, "__name__"u8))));
        Assert.Equal(Enumerable.Range(0, 50).Select(i => i * 0.5), series[0].Values.ToArray());
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)Samples.At(i)), series[1].TimestampsUnixNanos.ToArray());
        Assert.All(series[1].Values.ToArray(), value => Assert.True(double.IsNaN(value)));
        var spans = await engine.Store.Traces.GetAsync(s_trace, QueryBudget.Unlimited(), TestContext.Current.CancellationToken);
        Assert.Equal(["span-1", "span-2"], spans.Select(s => Encoding.UTF8.GetString(new SpanRecord(s.Span).Text(SpanText.Name))).Order());
    }

    private static string Id(LogRecord record) => Member(record, "log_id");

    private static string Member(LogRecord record, string name)
    {
        using var document = JsonDocument.Parse(record.Json);
        return document.RootElement.GetProperty(name).GetString()!;
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }
    }
}
