using System.Text.Json;
using VmObs.Receipts;
using VmObs.Signals.Traces;
using VmObs.Tests.Support;
using VmObs.Verification;

namespace VmObs.Tests.Storage;

/// <summary>Somebody sets the clock. It begins at 14:30; <see cref="Samples"/> lie at seconds after 13:00.</summary>
public sealed class ClockStepTests
{
    private const double At1420 = 80 * 60;

    [Fact]
    public async Task Two_hours_ahead_and_back_within_the_grace_seal_nothing_early()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.LogsAsync(Samples.Log(At1420, "open"));
        await TickAsync(engine, 1);
        Step(engine, 2);
        for (var second = 0; second < 290; second += 10)
            await TickAsync(engine, 10);
        Assert.Empty(Sealed(engine));
        Step(engine, -2);
        for (var second = 0; second < 400; second += 10)
            await TickAsync(engine, 10);
        Assert.Empty(Sealed(engine));
        Assert.Equal(
            ["2025-12-06T14:30:11Z 2025-12-06T16:30:11Z 7200000", "2025-12-06T16:35:01Z 2025-12-06T14:35:01Z -7200000"],
            Operations(engine).Select(step => $"{step.GetProperty("from")} {step.GetProperty("to")} {step.GetProperty("step_ms")}"));
        Assert.Single(await engine.FindAsync());
    }

    [Fact]
    public async Task A_clock_that_stays_ahead_seals_after_one_grace_and_only_once()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.LogsAsync(Samples.Log(At1420, "open"));
        Step(engine, 2);
        await TickAsync(engine, 0);
        await TickAsync(engine, 299);
        Assert.Empty(Sealed(engine));
        await TickAsync(engine, 1);
        Assert.Equal(["logs-2025-12-06-15"], Sealed(engine));
        // What the senders, whose clocks are right, still send for that hour is late and not lost.
        Assert.Equal(1, (await engine.LogsAsync(Samples.Log(At1420 + 900, "late"))).LateRecords);
        await TickAsync(engine, 3600);
        Assert.Equal(["logs-2025-12-06-15", "logs-2025-12-06-15-late-1"], Sealed(engine));
        Assert.Equal(2, (await engine.FindAsync()).Count);
        await AssertInOrderAsync(engine);
    }

    [Fact]
    public async Task Two_hours_back_seal_nothing_twice_and_number_nothing_backwards()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.LogsAsync(Samples.Log(10, "13 o'clock"));
        await TickAsync(engine, 300);
        Assert.Equal(["logs-2025-12-06-14"], Sealed(engine));
        await engine.LogsAsync(Samples.Log(At1420, "14 o'clock"));
        Step(engine, -2);
        await TickAsync(engine, 1);
        var before = (await engine.LogsAsync(Samples.Log(-1000, "12 o'clock"))).Position;
        await TickAsync(engine, 30 * 60);
        var late = await engine.LogsAsync(Samples.Log(-10, "12 o'clock, late"), Samples.Log(20, "13 o'clock, late"));
        Assert.Equal((before + 1, 2), (late.Position, late.LateRecords));
        for (var minute = 0; minute < 5 * 60; minute++)
            await TickAsync(engine, 60);
        Assert.Equal(
            ["logs-2025-12-06-13", "logs-2025-12-06-13-late-1", "logs-2025-12-06-14", "logs-2025-12-06-14-late-1", "logs-2025-12-06-15"],
            Sealed(engine).Order(StringComparer.Ordinal));
        Assert.Equal(5, (await engine.FindAsync()).Count);
        await AssertInOrderAsync(engine);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-2)]
    public async Task A_trace_that_still_grows_is_not_cut_and_is_decided_when_it_is_quiet(int hours)
    {
        await using var engine = await EngineFolder.OpenAsync();
        var trace = new TraceId(1, 2);
        await engine.TracesAsync(Samples.Span(trace, 1, 0, -2400, 1, failed: true));
        await TickAsync(engine, 1);
        Step(engine, hours);
        await TickAsync(engine, 1);
        await engine.TracesAsync(Samples.Span(trace, 2, 1, -2400, 0.5));
        await TickAsync(engine, 9);
        Assert.Empty(Find(engine, "obs_trace_complete"));
        await TickAsync(engine, 10);
        Assert.Equal(2, Assert.Single(Find(engine, "obs_trace_complete")).GetProperty("span_count").GetInt32());
    }

    [Fact]
    public async Task A_trace_from_before_the_clock_was_set_back_does_not_wait_for_its_time_to_come_again()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.TracesAsync(Samples.Span(new TraceId(1, 2), 1, 0, At1420, 1, failed: true));
        await TickAsync(engine, 1);
        Step(engine, -2);
        await TickAsync(engine, 1);
        await TickAsync(engine, 10);
        Assert.Single(Find(engine, "obs_trace_complete"));
    }

    [Fact]
    public async Task What_was_acknowledged_around_a_step_is_there_after_a_restart()
    {
        await using var engine = await EngineFolder.OpenAsync();
        foreach (var hours in new[] { 2, -2, -2, 2 })
        {
            await engine.LogsAsync(Samples.Log(-2400, $"before {hours}"));
            await engine.MetricsAsync(Samples.Gauge("cpu_percent", (-2400, hours)));
            Step(engine, hours);
            await TickAsync(engine, 30);
            await engine.ReopenAsync();
        }
        Assert.Equal(4, (await engine.FindAsync()).Count);
        var series = Assert.Single(await engine.SelectAsync(("__name__", "cpu_percent")));
        Assert.Equal([2, -2, -2, 2], series.Values.ToArray());
        Assert.Equal(Enumerable.Range(0, 4).Select(i => $"obs-op-2025-12-06-{i:d3}"), Operations(engine).Select(step => step.GetProperty("operation_id").GetString()));
    }

    private static void Step(EngineFolder engine, int hours) => engine.Time.Step(TimeSpan.FromHours(hours));

    private static async Task TickAsync(EngineFolder engine, int seconds)
    {
        engine.Time.Advance(TimeSpan.FromSeconds(seconds));
        await engine.Store.SpillAsync();
        await engine.Store.SealDueHoursAsync(TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> Sealed(EngineFolder engine) => Find(engine, "obs_log_batch").Select(batch => batch.GetProperty("batch_id").GetString()!);

    private static IEnumerable<JsonElement> Operations(EngineFolder engine) => Find(engine, "obs_operation");

    private static IEnumerable<JsonElement> Find(EngineFolder engine, string type) =>
        engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue) { Types = new HashSet<string> { type }, Limit = 1000 }).Select(line => JsonDocument.Parse(line).RootElement);

    private static async Task AssertInOrderAsync(EngineFolder engine)
    {
        var receipts = engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue)).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(Enumerable.Range(0, receipts.Count), receipts.Select(receipt => receipt.GetProperty("seq").GetInt32()));
        await engine.CloseAsync();
        Assert.Empty(DataFolderVerifier.Run(engine.Folder, engine.Key, VerificationDepth.Records).Findings);
    }
}
