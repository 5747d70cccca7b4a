using System.Text;
using VmObs.Signals.Labels;
using VmObs.Signals.Ports;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Storage.Reading;

public sealed class MetricSourceTests
{
    private static readonly (string Selector, Func<string, string, bool> Wants)[] s_selectors =
    [
        ("{__name__=~\".+\"}", static (_, _) => true),
        ("metric_1", static (name, _) => name == "metric_1"),
        ("{node=\"brick-01\"}", static (_, node) => node == "brick-01"),
        ("{node!=\"brick-01\"}", static (_, node) => node != "brick-01"),
        ("{__name__=~\"metric_[01]\", node=~\"portal.*\"}", static (name, node) => name is "metric_0" or "metric_1" && node == "portal-01"),
        ("{__name__=~\"metric_0|metric_2\"}", static (name, _) => name is "metric_0" or "metric_2"),
        ("{__name__!~\"metric_0|metric_2\"}", static (name, _) => name is not ("metric_0" or "metric_2")),
        ("{absent=\"\"}", static (_, _) => true),
        ("{absent!=\"\"}", static (_, _) => false),
    ];

    private static readonly Dictionary<string, ReadOnlyMemory<byte>> s_keys = [];

    [Fact]
    public async Task Series_of_open_and_sealed_hours_are_selected_listed_and_outlined_as_a_scan_would()
    {
        await using var engine = await EngineFolder.OpenAsync();
        var all = new List<(string Name, string Node, double Time, double Value)>();
        var random = new Random(7);
        // The hour is sealed; a late batch of it is sealed by itself; the next hour is open.
        await AddAsync(0, 3600, 60);
        await engine.SealAsync();
        await AddAsync(0, 3600, 5);
        await AddAsync(3600, 5000, 30);
        foreach (var (selector, wants) in s_selectors)
        {
            foreach (var (from, to) in new[] { (0.0, 7200.0), (0, 3600), (1000, 2000), (3500, 4000), (1234, 1235) })
            {
                Assert.Null(SeriesSelector.TryParse(selector, out var matchers));
                var query = new MetricQuery((long)Samples.At(from), (long)Samples.At(to), matchers);
                var found = await SelectAsync(engine, query);
                var expected = all.Where(sample => wants(sample.Name, sample.Node) && sample.Time >= from && sample.Time < to).ToList();
                Assert.Equal(
                    expected.OrderBy(sample => (sample.Name, sample.Node, sample.Time)).Select(sample => $"{sample.Name} {sample.Node} {sample.Time} {sample.Value}"),
                    found.SelectMany(Rows).OrderBy(row => row.Key, Comparer<(string, string, double)>.Default).Select(row => row.Text));
                AssertAscending([.. found.Select(series => series.Key)]);
                Assert.All(found, series => Assert.Equal(series.TimestampsUnixNanos.ToArray().Order(), series.TimestampsUnixNanos.ToArray()));
                var listed = new List<SeriesDescription>();
                await foreach (var series in engine.Store.Metrics.ListAsync(query, TestContext.Current.CancellationToken))
                    listed.Add(series);
                Assert.Equal(found.Select(series => (Convert.ToHexString(series.Key.Span), series.Kind, series.Unit)), listed.Select(series => (Convert.ToHexString(series.Key.Span), series.Kind, series.Unit)));
                Assert.Equal(found.Select(Outline), await OutlineAsync(engine, query));
            }
        }

        async Task AddAsync(int from, int to, int count)
        {
            foreach (var name in new[] { "metric_0", "metric_1", "metric_2", "other" })
            {
                foreach (var resource in new[] { Samples.Guardian, Samples.Portal })
                {
                    var samples = Enumerable.Range(0, count).Select(_ => random.Next(from, to)).Distinct().Select(time => ((double)time, random.NextDouble())).ToArray();
                    await engine.MetricsAsync(Samples.Gauge(name, samples) with { Resource = resource });
                    all.AddRange(samples.Select(sample => (name, resource == Samples.Guardian ? "brick-01" : "portal-01", sample.Item1, sample.Item2)));
                }
            }
        }
    }

    [Fact]
    public async Task A_second_query_reads_less_for_it_knows_which_series_there_are()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.MetricsAsync([.. Enumerable.Range(0, 200).Select(i => Samples.Gauge($"metric_{i}", (1, i), (2, i)))]);
        await engine.SealAsync();
        var reads = new List<long>();
        for (var i = 0; i < 3; i++)
        {
            var budget = new QueryBudget(1_000_000, 1_000_000);
            Assert.Single(await SelectAsync(engine, Query("metric_7", budget)));
            reads.Add(budget.BytesRead);
            Assert.Equal(0, budget.BytesHeld);
        }
        Assert.InRange(reads[1], 1, reads[0] - 1);
        Assert.Equal(reads[1], reads[2]);
    }

    [Fact]
    public async Task Outlines_of_row_groups_cut_anywhere_by_the_range_are_those_of_their_samples()
    {
        await using var engine = await EngineFolder.OpenAsync();
        // Three row groups and a part of a fourth; the second ends within a series. Of some times two samples come, the later one last.
        await engine.MetricsAsync([.. Enumerable.Range(0, 40).Select(i => Samples.Gauge($"metric_{i:d2}", [.. Enumerable.Range(0, 3600).SelectMany(t => Twice(i, t))]))]);
        await engine.SealAsync();
        for (var i = 0; i < 2; i++)
        {
            foreach (var (from, to) in new[] { (0.0, 3600.0), (1800, 3600), (1799.5, 3599), (0, 1800), (7, 8), (3599, 3600), (3599.5, 3600) })
            {
                var query = new MetricQuery((long)Samples.At(from), (long)Samples.At(to), []);
                Assert.Equal((await SelectAsync(engine, query)).Select(Outline), await OutlineAsync(engine, query));
            }
        }

        static (double, double)[] Twice(int series, int time) => series == 20 && time % 600 < 2 ? [(time, time), (time, -time)] : [(time, time + (series / 100.0))];
    }

    [Fact]
    public async Task A_second_outline_of_a_sealed_hour_reads_nothing()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.MetricsAsync([.. Enumerable.Range(0, 200).Select(i => Samples.Gauge($"metric_{i}", (1, i), (2, i)))]);
        await engine.SealAsync();
        var reads = new List<long>();
        for (var i = 0; i < 2; i++)
        {
            var budget = new QueryBudget(1_000_000, 1_000_000);
            Assert.Equal(200, (await OutlineAsync(engine, Query(null, budget))).Count);
            reads.Add(budget.BytesRead);
            Assert.Equal(0, budget.BytesHeld);
        }
        Assert.InRange(reads[0], 1, long.MaxValue);
        Assert.Equal(0, reads[1]);
    }

    [Fact]
    public async Task An_outline_reads_no_samples_of_hours_before_a_series_last()
    {
        await using var engine = await EngineFolder.OpenAsync();
        foreach (var hour in new[] { -3600, 0 })
        {
            var random = new Random(hour + 3600);
            await engine.MetricsAsync(Samples.Gauge("metric", [.. Enumerable.Range(0, 3000).Select(t => ((double)(hour + t), random.NextDouble()))]));
            await engine.SealAsync();
        }
        var (last, both, samples) = (new QueryBudget(1_000_000, 1_000_000), new QueryBudget(1_000_000, 1_000_000), new QueryBudget(1_000_000, 1_000_000));
        await OutlineAsync(engine, Query(null, last) with { FromUnixNanos = (long)Samples.At(0) });
        await OutlineAsync(engine, Query(null, both));
        await SelectAsync(engine, Query(null, samples));
        // The last hour's are known by now; the earlier one costs its directory, and the 20,000 bytes of its values stay where they are.
        Assert.InRange(last.BytesRead, 18_000, long.MaxValue);
        Assert.InRange(both.BytesRead, 1, 4_000);
        Assert.InRange(samples.BytesRead, 36_000, long.MaxValue);
    }

    [Fact]
    public async Task A_query_over_its_budget_ends_and_gives_back_what_it_held()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.MetricsAsync([.. Enumerable.Range(0, 50).Select(i => Samples.Gauge($"metric_{i}", [.. Enumerable.Range(0, 100).Select(t => ((double)t, (double)i))]))]);
        await engine.SealAsync();
        var reading = new QueryBudget(100, long.MaxValue);
        Assert.Equal(QueryLimit.BytesRead, (await Assert.ThrowsAsync<QueryLimitException>(() => SelectAsync(engine, Query(null, reading)))).Limit);
        var holding = new QueryBudget(long.MaxValue, 1000);
        Assert.Equal(QueryLimit.BytesHeld, (await Assert.ThrowsAsync<QueryLimitException>(() => SelectAsync(engine, Query(null, holding)))).Limit);
        var one = new QueryBudget(long.MaxValue, 20_000);
        Assert.Single(await SelectAsync(engine, Query("metric_3", one)));
        Assert.Equal(0, one.BytesHeld);
    }

    [Fact]
    public async Task An_answer_goes_on_from_a_key()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.MetricsAsync([.. Enumerable.Range(0, 9).Select(i => Samples.Gauge($"metric_{i}", (1, i)))]);
        await engine.SealAsync();
        await engine.MetricsAsync([.. Enumerable.Range(5, 4).Select(i => Samples.Gauge($"metric_{i}", (3601, i)))]);
        var all = await SelectAsync(engine, Query(null, QueryBudget.Unlimited()));
        for (var i = 0; i < all.Count; i++)
            Assert.Equal(all.Skip(i).Select(Rows), (await SelectAsync(engine, Query(null, QueryBudget.Unlimited()) with { FromKey = all[i].Key })).Select(Rows));
    }

    private static MetricQuery Query(string? name, QueryBudget budget) =>
        new(0, long.MaxValue, name is null ? [] : [LabelMatcher.Equal("__name__", name)]) { Budget = budget };

    private static async Task<List<SeriesSamples>> SelectAsync(EngineFolder engine, MetricQuery query)
    {
        var found = new List<SeriesSamples>();
        await foreach (var series in engine.Store.Metrics.SelectAsync(query, TestContext.Current.CancellationToken))
            found.Add(series);
        return found;
    }

    private static async Task<List<SeriesOutline>> OutlineAsync(EngineFolder engine, MetricQuery query)
    {
        var found = new List<SeriesOutline>();
        await foreach (var series in engine.Store.Metrics.OutlineAsync(query, TestContext.Current.CancellationToken))
            found.Add(series with { Key = Shared(series.Key) });
        return found;
    }

    private static SeriesOutline Outline(SeriesSamples series) => new(
        Shared(series.Key), series.Kind, series.Unit, series.Values.Length, series.TimestampsUnixNanos.Span[^1], series.Values.Span[^1]);

    // Memory is equal where it is the same: keys of equal bytes become one.
    private static ReadOnlyMemory<byte> Shared(ReadOnlyMemory<byte> key)
    {
        lock (s_keys)
            return s_keys.TryGetValue(Convert.ToHexString(key.Span), out var known) ? known : s_keys[Convert.ToHexString(key.Span)] = key.ToArray();
    }

    private static IEnumerable<((string, string, double) Key, string Text)> Rows(SeriesSamples series)
    {
        var (name, node) = (Text("__name__"), Text("node"));
        for (var i = 0; i < series.Values.Length; i++)
        {
            var time = (series.TimestampsUnixNanos.Span[i] - (long)Samples.At(0)) / 1e9;
            yield return ((name, node, time), $"{name} {node} {time} {series.Values.Span[i]}");
        }

        string Text(string label) => Encoding.UTF8.GetString(LabelKey.ValueOf(series.Key.Span, Encoding.UTF8.GetBytes(label)));
    }

    private static void AssertAscending(ReadOnlyMemory<byte>[] keys)
    {
        for (var i = 1; i < keys.Length; i++)
            Assert.True(keys[i - 1].Span.SequenceCompareTo(keys[i].Span) < 0);
    }
}
