using CsCheck;
using VmObs.Signals;
using VmObs.Signals.Filters;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Storage.Reading;

/// <summary>What a search finds, against a look at every span: open, in runs, sealed, and all three at once.</summary>
public sealed class TraceSearchTests
{
    private const int Traces = 40;
    private const long Second = 1_000_000_000;

    private static readonly string[] s_services = ["portal", "treasury", "ledger"];

    private static readonly Gen<TraceQuery> s_query = Gen.Select(
        Gen.Select(Gen.Int[-700, 700], Gen.Int[0, 1400]),
        Gen.OneOf(Gen.Const((string?)null), Gen.Int[0, 3].Select(i => i < 3 ? s_services[i] : "nobody")),
        Gen.OneOf(Gen.Const((string?)null), Gen.Int[1, 6].Select(i => $"span-{i}")),
        Gen.Select(Gen.Int[-1, 6], Gen.Int[0, 20]),
        Gen.OneOf(Gen.Const((bool?)null), Gen.Bool.Select(failed => (bool?)failed)),
        Gen.OneOf(Gen.Const(0), Gen.Int[0, 4]),
        Gen.Select(Gen.Int[1, Traces], Gen.OneOf(Gen.Const(-1), Gen.Int[0, Traces - 1])),
        (range, service, name, durations, failed, more, page) => new TraceQuery(At(range.Item1), At(range.Item1 + range.Item2))
        {
            Service = service,
            Name = name,
            MinDurationNanos = durations.Item1 < 0 ? long.MinValue : durations.Item1 * Second,
            MaxDurationNanos = durations.Item2 > 10 ? long.MaxValue : durations.Item2 * Second,
            Failed = failed,
            Tags = more switch { 1 => [new("http.method", "POST")], 2 => [new("code", "500"), new("host.name", "brick-01")], _ => [] },
            Filter = more switch { 3 => Parse("duration_ms > 2500 AND NOT (service == 'ledger')"), 4 => Parse("span_count >= 2 OR code == 500"), _ => null },
            Limit = page.Item1,
            After = page.Item2 < 0 ? null : new TracePlace(At(((page.Item2 + 1) * 30) - 600 + (page.Item2 % 4)), Id(page.Item2)),
        });

    [Theory]
    [InlineData(State.Open)]
    [InlineData(State.Runs)]
    [InlineData(State.Sealed)]
    [InlineData(State.All)]
    public async Task A_search_finds_what_a_look_at_every_span_finds(State state)
    {
        await using var engine = await EngineFolder.OpenAsync();
        await FillAsync(engine, state);
        var traces = await NaiveTracesAsync(engine);
        Assert.Equal(Traces, traces.Count);
        s_query.Sample(query => Assert.Equal(Naive(traces, query), Search(engine, query)), iter: 300, threads: 1);
    }

    [Theory]
    [InlineData(State.Open)]
    [InlineData(State.All)]
    public async Task Pages_neither_skip_nor_repeat_also_while_hours_seal(State state)
    {
        await using var engine = await EngineFolder.OpenAsync();
        await FillAsync(engine, state);
        var query = new TraceQuery(At(-7200), At(7200)) { Limit = 1000 };
        var all = Search(engine, query);
        Assert.Equal(Traces, all.Count);
        var paged = new List<string>();
        TracePlace? after = null;
        for (var page = 0; page < Traces; page++)
        {
            var found = await FindAsync(engine, query with { Limit = 7, After = after });
            if (found.Count == 0)
                break;
            paged.AddRange(found.Select(Describe));
            after = found[^1].Place;
            if (page == 2)
                await engine.SealAsync();
        }
        Assert.Equal(all, paged);
    }

    [Fact]
    public async Task Parts_that_were_decided_apart_are_one_trace_also_over_hours()
    {
        await using var engine = await EngineFolder.OpenAsync();
        var id = new TraceId(8, 8);
        // The parts' first spans lie in different hours; the second failed.
        await engine.TracesAsync(Samples.Span(id, 1, 0, 3590, 5));
        await DecideAsync(engine);
        await engine.TracesAsync(Samples.Span(id, 2, 1, 3605, 5, failed: true));
        await DecideAsync(engine);
        for (var state = 0; state < 3; state++)
        {
            foreach (var query in new[] { new TraceQuery(At(0), At(3600)), new TraceQuery(At(0), At(7200)) { Failed = true }, new TraceQuery(At(3590), At(3591)) })
            {
                var trace = Assert.Single(await FindAsync(engine, query));
                Assert.Equal((2, 1, At(3590), At(3610)), (trace.Spans, trace.FailedSpans, trace.StartUnixNanos, trace.EndUnixNanos));
            }
            // It began before.
            Assert.Empty(await FindAsync(engine, new TraceQuery(At(3600), At(7200))));
            if (state == 0)
                await engine.SealAsync();
            engine.Time.Advance(TimeSpan.FromHours(1));
            if (state == 1)
                await engine.SealAsync();
        }
    }

    [Theory]
    [InlineData(State.Open)]
    [InlineData(State.Runs)]
    [InlineData(State.Sealed)]
    [InlineData(State.All)]
    public async Task Ids_are_found_by_their_first_digits(State state)
    {
        await using var engine = await EngineFolder.OpenAsync();
        await FillAsync(engine, state);
        var all = (await NaiveTracesAsync(engine)).Keys.Select(id => id.ToString()).Order(StringComparer.Ordinal).ToList();
        foreach (var prefix in all.SelectMany(id => new[] { id[..1], id[..3], id[..8], id }).Append("0000").Distinct())
        {
            foreach (var limit in (int[])[1, 5, 1000])
            {
                var found = await engine.Store.Traces.FindIdsAsync(prefix, limit, QueryBudget.Unlimited(), TestContext.Current.CancellationToken);
                Assert.Equal(all.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).Take(limit), found.Select(id => id.ToString()));
            }
        }
    }

    [Fact]
    public async Task A_search_ends_where_its_budget_does_and_gives_back_what_it_held()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await FillAsync(engine, State.Sealed);
        var budget = new QueryBudget(long.MaxValue, long.MaxValue);
        var query = new TraceQuery(At(-7200), At(7200)) { Limit = 1000, Budget = budget };
        Assert.Equal(Traces, (await FindAsync(engine, query)).Count);
        Assert.True(budget.BytesRead > 0);
        Assert.Equal(0, budget.BytesHeld);
        await Assert.ThrowsAsync<QueryLimitException>(() => FindAsync(engine, query with { Budget = new QueryBudget(100, long.MaxValue) }));
        await Assert.ThrowsAsync<QueryLimitException>(() => FindAsync(engine, query with { Budget = new QueryBudget(long.MaxValue, 100) }));
    }

    // Some begin alike, so that their first digits match several.
    private static TraceId Id(int trace) => new(((ulong)(trace % 5) << 60) + ((ulong)trace * 7919), (ulong)trace + 1);

    private static long At(double seconds) => (long)Samples.At(seconds);

    private static Filter Parse(string text)
    {
        Assert.True(Filter.TryParse(text, out var filter, out var error), error?.ToString());
        return filter;
    }

    // Every trace has one to six spans in up to three parts, which are decided apart; some parts fail.
    private static async Task FillAsync(EngineFolder engine, State state)
    {
        var random = new Random(7);
        for (var part = 0; part < 3; part++)
        {
            for (var trace = 0; trace < Traces; trace++)
            {
                if (part > 0 && random.Next(3) > 0)
                    continue;
                for (var span = 0; span <= random.Next(2); span++)
                    await engine.TracesAsync(AnySpan(random, Id(trace), (byte)((2 * part) + span + 1)));
            }
            if (part < 2)
                await DecideAsync(engine);
            if (part == 0 && state is State.All or State.Sealed)
                await engine.SealAsync();
            if (part == 1 && state is State.All or State.Runs)
                await engine.Store.SpillAsync();
        }
        if (state != State.All)
            await DecideAsync(engine);
        if (state == State.Runs)
            await engine.ReopenAsync();
        if (state == State.Sealed)
            await engine.SealAsync();
    }

    private static OtlpGroup<OtlpSpan> AnySpan(Random random, TraceId id, byte span)
    {
        // Twenty minutes around the hour's begin.
        var seconds = ((double)id.Low * 30) - 600 + random.Next(4);
        var resource = new OtlpAttribute[] { new("service.name", s_services[random.Next(3)]), new("host.name", random.Next(2) == 0 ? "brick-01" : "brick-02") };
        OtlpAttribute[] attributes = random.Next(3) switch
        {
            0 => [new("http.method", "POST")],
            1 => [new("code", 500L), new("http.method", "GET")],
            _ => [],
        };
        return Samples.Span(id, span, span == 1 ? (byte)0 : (byte)1, seconds, random.Next(4), failed: random.Next(8) == 0, resource, attributes);
    }

    private static async Task DecideAsync(EngineFolder engine)
    {
        engine.Time.Advance(TimeSpan.FromSeconds(10));
        await engine.Store.SpillAsync();
    }

    private static async Task<Dictionary<TraceId, IReadOnlyList<ReadOnlyMemory<byte>>>> NaiveTracesAsync(EngineFolder engine)
    {
        var traces = new Dictionary<TraceId, IReadOnlyList<ReadOnlyMemory<byte>>>();
        for (var trace = 0; trace < Traces; trace++)
        {
            traces.Add(Id(trace), await engine.Store.Traces.GetAsync(Id(trace), QueryBudget.Unlimited(), TestContext.Current.CancellationToken));
        }
        return traces;
    }

    private static List<string> Naive(Dictionary<TraceId, IReadOnlyList<ReadOnlyMemory<byte>>> traces, TraceQuery query)
    {
        var found = new List<FoundTrace>();
        foreach (var spans in traces.Values)
        {
            var whole = FoundTrace.Of(spans);
            var duration = whole.EndUnixNanos - whole.StartUnixNanos;
            if (whole.StartUnixNanos >= query.FromUnixNanos && whole.StartUnixNanos < query.ToUnixNanos && duration >= query.MinDurationNanos && duration <= query.MaxDurationNanos
                && (query.Failed is null || query.Failed == whole.FailedSpans > 0) && (query.After is not { } after || ComesAfter(whole, after)) && spans.Any(span => IsAskedFor(span, query)) && (query.Filter?.Matches(new TraceFilterDocument(spans)) ?? true))
                found.Add(whole);
        }
        return [.. found.OrderByDescending(trace => trace.StartUnixNanos).ThenBy(trace => trace.Id).Take(query.Limit).Select(Describe)];
    }

    private static bool ComesAfter(FoundTrace trace, TracePlace place) =>
        trace.StartUnixNanos < place.StartUnixNanos || (trace.StartUnixNanos == place.StartUnixNanos && trace.Id > place.Id);

    private static bool IsAskedFor(ReadOnlyMemory<byte> record, TraceQuery query)
    {
        var span = new SpanRecord(record.Span);
        var json = System.Text.Encoding.UTF8.GetString(span.Text(SpanText.Attributes)) + System.Text.Encoding.UTF8.GetString(span.Text(SpanText.Resource));
        return (query.Service is null || System.Text.Encoding.UTF8.GetString(span.Text(SpanText.Service)) == query.Service)
            && (query.Name is null || System.Text.Encoding.UTF8.GetString(span.Text(SpanText.Name)) == query.Name)
            && query.Tags.All(tag => json.Contains($"\"{tag.Key}\":{(tag.Value == "500" ? tag.Value : $"\"{tag.Value}\"")}", StringComparison.Ordinal));
    }

    private static List<string> Search(EngineFolder engine, TraceQuery query) => FindAsync(engine, query).GetAwaiter().GetResult().ConvertAll(Describe);

    private static async Task<List<FoundTrace>> FindAsync(EngineFolder engine, TraceQuery query)
    {
        var found = new List<FoundTrace>();
        await foreach (var trace in engine.Store.Traces.SearchAsync(query, TestContext.Current.CancellationToken))
            found.Add(trace);
        return found;
    }

    private static string Describe(FoundTrace trace) =>
        $"{trace.Id} {trace.StartUnixNanos} {trace.EndUnixNanos} {trace.Spans} {trace.FailedSpans} {trace.RootService} {trace.RootName} {string.Join(' ', trace.Services)}";

    public enum State
    {
        Open,
        Runs,
        Sealed,
        All,
    }
}
