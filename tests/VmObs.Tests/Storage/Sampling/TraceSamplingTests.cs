using System.Text.Json;
using VmObs.Receipts;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Sampling;
using VmObs.Tests.Receipts.Gaps;
using VmObs.Tests.Support;
using static VmObs.Tests.Storage.Sampling.SamplingRulesTests;

namespace VmObs.Tests.Storage.Sampling;

public sealed class TraceSamplingTests
{
    private static readonly IReadOnlyList<SamplingRule> s_half = [Rule("failed", "status == 'error'", 1), Rule("half", "true", 0.5)];
    private static readonly IReadOnlyList<SamplingRule> s_none = [Rule("none", "true", 0)];

    [Fact]
    public async Task What_rules_sample_out_is_not_stored_and_counted_once_by_rule()
    {
        await using var engine = await OpenAsync(s_half);
        await SendAsync(engine, 1, 200, failedEvery: 10);
        await DecideAsync(engine);
        var kept = await KeptAsync(engine, 200);
        Assert.InRange(kept.Count, 90, 140);
        Assert.All(Enumerable.Range(1, 20), i => Assert.Contains(i * 10, kept));
        Assert.Equal([KeyValuePair.Create("half", 200L - kept.Count)], engine.SamplingRecord.SampledOutByRule);
        await engine.Gaps.ReceiptAllAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200 - kept.Count, GapFolder.Records(Assert.Single(Receipts(engine, "obs_gap")), "dropped.traces.sampled_out:half"));
        var hour = Assert.Single(await engine.SealAsync());
        Assert.Equal(kept.Count, hour.Traces!.Traces);
        Assert.Equal(0, engine.Store.Memory.Used);
        Assert.Equal(kept, await KeptAsync(engine, 200));
    }

    [Fact]
    public async Task A_sampled_out_trace_gets_no_receipt_however_significant()
    {
        await using var engine = await OpenAsync([Rule("failed", "status == 'error'", 0)]);
        await SendAsync(engine, 1, 4, failedEvery: 2);
        await DecideAsync(engine);
        Assert.Equal([1, 3], await KeptAsync(engine, 4));
        Assert.Empty(Receipts(engine, "obs_trace_complete"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_replay_decides_as_the_first_time_whatever_the_rules_are_then(bool saved)
    {
        await using var engine = await OpenAsync(s_half);
        await SendAsync(engine, 1, 200, failedEvery: 10);
        await DecideAsync(engine);
        var kept = await KeptAsync(engine, 200);
        var receipts = Receipts(engine, "obs_trace_complete").ConvertAll(receipt => receipt.GetRawText());
        if (saved)
            engine.Gaps.Save();
        foreach (var rules in new[] { s_none, [], s_half, null })
        {
            engine.Sampling = rules;
            engine.Time.Advance(TimeSpan.FromSeconds(77));
            await engine.ReopenAsync();
            Assert.Equal(kept, await KeptAsync(engine, 200));
            Assert.Equal(receipts, Receipts(engine, "obs_trace_complete").ConvertAll(receipt => receipt.GetRawText()));
            // Without a place to report to there is nothing that counts.
            if (rules is not null)
                engine.Gaps.Save();
        }
        await engine.Gaps.ReceiptAllAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200 - kept.Count, GapFolder.Records(Assert.Single(Receipts(engine, "obs_gap")), "dropped.traces.sampled_out:half"));
        await engine.SealAsync();
        Assert.Equal(kept, await KeptAsync(engine, 200));
    }

    [Fact]
    public async Task Rules_are_receipted_before_they_decide_and_again_only_when_they_change()
    {
        await using var engine = await OpenAsync(s_half);
        await DecideAsync(engine);
        await engine.ReopenAsync();
        await DecideAsync(engine);
        foreach (var rules in new[] { s_none, s_half })
        {
            engine.Sampling = rules;
            await engine.ReopenAsync();
            await DecideAsync(engine);
        }
        var receipts = Receipts(engine, "obs_operation");
        Assert.Equal(["half", "none", "half"], receipts.Select(receipt => receipt.GetProperty("sampling_rules").EnumerateArray().Last().GetProperty("name").GetString()));
        Assert.Equal("sampling_rules", receipts[0].GetProperty("operation_type").GetString());
        Assert.Equal("""[{"condition":"status == 'error'","name":"failed","rate":1},{"condition":"true","name":"half","rate":0.5}]""", receipts[0].GetProperty("sampling_rules").GetRawText());
        Assert.Equal(receipts[0].GetProperty("rules_hash").GetString(), receipts[2].GetProperty("rules_hash").GetString());
        var key = Convert.FromBase64String(File.ReadAllText(engine.PathOf(SamplingKey.RelativePath)));
        Assert.Equal("blake3:" + VmObs.Ledger.Hashing.Blake3.Hash(key).ToHex(), receipts[0].GetProperty("key_commitment").GetString());
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(engine.PathOf(SamplingKey.RelativePath)));
    }

    [Fact]
    public async Task While_the_ledger_refuses_the_rules_receipt_nothing_is_decided()
    {
        var record = new RefusingRecord();
        await using var engine = new EngineFolder { Options = new StoreOptions("") };
        engine.Record = record;
        engine.Sampling = s_none;
        await engine.ReopenAsync();
        await SendAsync(engine, 1, 3);
        engine.Time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<IOException>(engine.Store.SpillAsync);
        Assert.Equal([1, 2, 3], await KeptAsync(engine, 3));
        record.Refuses = false;
        await engine.Store.SpillAsync();
        Assert.Empty(await KeptAsync(engine, 3));
        Assert.Equal(3, Assert.Single(Assert.Single(record.SampledOutTraces).ByRule).Value);
    }

    [Fact]
    public async Task What_comes_later_of_a_trace_is_kept_when_the_trace_was_and_decided_alike_when_it_was_not()
    {
        await using var engine = await OpenAsync([Rule("failed", "status == 'error'", 1), Rule("none", "true", 0)]);
        await engine.TracesAsync(Samples.Span(Id(1), 1, 0, 10, 1, failed: true), Samples.Span(Id(2), 1, 0, 10, 1));
        await DecideAsync(engine);
        await engine.TracesAsync(Samples.Span(Id(1), 2, 1, 11, 1), Samples.Span(Id(2), 2, 1, 11, 1));
        await DecideAsync(engine);
        Assert.Equal(2, (await SpansAsync(engine, 1)).Count);
        Assert.Empty(await SpansAsync(engine, 2));
        // A part that a rule keeps makes the rest after it kept.
        await engine.TracesAsync(Samples.Span(Id(2), 3, 1, 12, 1, failed: true));
        await DecideAsync(engine);
        await engine.TracesAsync(Samples.Span(Id(2), 4, 1, 13, 1));
        await DecideAsync(engine);
        Assert.Equal([3UL, 4], (await SpansAsync(engine, 2)).Select(span => new SpanRecord(span.Span).SpanId));
    }

    [Fact]
    public async Task Sampling_drops_no_logs()
    {
        await using var engine = await OpenAsync(s_none);
        for (var i = 0; i < 20; i++)
            await engine.LogsAsync(Samples.Log(i, "line"));
        await SendAsync(engine, 1, 5);
        await DecideAsync(engine);
        await engine.SealAsync();
        Assert.Equal(20, (await engine.FindAsync()).Count);
        Assert.Empty(await KeptAsync(engine, 5));
    }

    private static async Task<EngineFolder> OpenAsync(IReadOnlyList<SamplingRule> rules)
    {
        var engine = new EngineFolder { Sampling = rules };
        await engine.ReopenAsync();
        return engine;
    }

    private static async Task SendAsync(EngineFolder engine, int first, int count, int failedEvery = int.MaxValue)
    {
        for (var i = first; i < first + count; i++)
            Assert.True((await engine.TracesAsync(Samples.Span(Id(i), 1, 0, i, 1, failed: i % failedEvery == 0))).Accepted);
    }

    private static async Task DecideAsync(EngineFolder engine)
    {
        engine.Time.Advance(TimeSpan.FromSeconds(10));
        await engine.Store.SpillAsync();
    }

    private static async Task<List<int>> KeptAsync(EngineFolder engine, int count)
    {
        var kept = new List<int>();
        for (var i = 1; i <= count; i++)
        {
            if ((await SpansAsync(engine, i)).Count > 0)
                kept.Add(i);
        }
        return kept;
    }

    private static async Task<IReadOnlyList<ReadOnlyMemory<byte>>> SpansAsync(EngineFolder engine, int trace) =>
        await engine.Store.Traces.GetAsync(Id(trace), QueryBudget.Unlimited(), TestContext.Current.CancellationToken);

    private static TraceId Id(int number) => new(5, (ulong)number);

    private static List<JsonElement> Receipts(EngineFolder engine, string type) =>
        [.. engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue) { Types = new HashSet<string> { type }, Limit = 1000 }).Select(line => JsonElement.Parse(line))];

    private sealed class RefusingRecord : ISamplingRecord
    {
        public bool Refuses { get; set; } = true;

        public List<SampledOutTraces> SampledOutTraces { get; } = [];

        public ValueTask RulesInForceAsync(SamplingRules rules, CancellationToken cancellationToken) =>
            Refuses ? ValueTask.FromException(new IOException("the disk refused")) : ValueTask.CompletedTask;

        public void SampledOut(SampledOutTraces traces) => SampledOutTraces.Add(traces);
    }
}
