using System.Text;
using CsCheck;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded;
using VmObs.Tests.Storage.Faults;
using VmObs.Tests.Storage.Hours;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage;

public sealed class SampleDetailTests
{
    private const int SeriesCount = 4;

    private static readonly InternedSeries[] s_series =
        [.. Enumerable.Range(0, SeriesCount).Select(i => new InternedSeries(MetricSeries.Key(("__name__", $"m{i}"), ("node", "brick-01")), (ulong)i + 1))];

    // Few different times, so that equal ones come in one request and over several; of two hours, one of which is sealed while the other runs.
    private static readonly Gen<Sent[]> s_batch = Gen.Select(Gen.Int[0, SeriesCount - 1], Gen.Int[0, 40], Gen.Int[0, 5], Gen.Int[0, 400])
        .Select((series, step, detail, length) => new Sent(series, EngineFolder.Hour.StartUnixNanos + (step * 120_000_000_000L), detail < 2 ? length : -1))
        .Array[1, 40];

    [Fact]
    public async Task Details_stay_with_their_samples_from_memory_over_runs_to_sealed_files()
    {
        var runs = 0;
        await Gen.Select(s_batch.Array[3, 6], s_batch.Array[1, 6], s_batch.Array[0, 2]).SampleAsync(async (first, second, late) =>
        {
            // Small, so that memtables fill up and spill.
            await using var engine = await EngineFolder.OpenAsync(new StoreOptions("") { HeadBudgetBytes = 64 * 1024 });
            var model = new List<Stored>();
            await SendAsync(engine, first, model);
            await CompareAsync(engine, model);
            await engine.Store.SpillAsync();
            runs += Directory.GetFiles(engine.PathOf(Path.Combine("spill", "metrics"))).Length;
            await CompareAsync(engine, model);
            await SendAsync(engine, second, model);
            await CompareAsync(engine, model);
            await engine.SealAsync();
            await CompareAsync(engine, model);
            await SendAsync(engine, late, model);
            await CompareAsync(engine, model);
            engine.Time.Advance(TimeSpan.FromHours(3));
            await engine.SealAsync();
            await CompareAsync(engine, model);
            Assert.Equal(0, engine.Store.Memory.Used);
            LifeCheck.Ledger(engine);
        }, iter: 25, threads: 1);
        Assert.True(runs > 0, $"{runs} runs");
    }

    [Fact]
    public async Task Details_count_against_the_memory_of_open_hours()
    {
        await using var engine = await EngineFolder.OpenAsync();
        Assert.Equal(0, engine.Store.Memory.Used);
        await SendAsync(engine, [[new Sent(0, EngineFolder.Hour.StartUnixNanos, 50_000)]], []);
        // The detail, its place, the sample and its series.
        Assert.InRange(engine.Store.Memory.Used, 50_000, 50_500);
        await engine.SealAsync();
        Assert.Equal(0, engine.Store.Memory.Used);
    }

    [Fact]
    public async Task A_query_that_does_not_ask_gets_no_details()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await SendAsync(engine, [[new Sent(0, EngineFolder.Hour.StartUnixNanos, 10)]], []);
        foreach (var step in new Func<Task>[] { () => Task.CompletedTask, engine.SealAsync })
        {
            await step();
            await foreach (var series in engine.Store.Metrics.SelectAsync(new MetricQuery(0, long.MaxValue, []), TestContext.Current.CancellationToken))
                Assert.Empty(series.Details);
            Assert.Single(Assert.Single(await engine.SelectAsync()).Details);
        }
    }

    [Fact]
    public async Task The_api_shows_the_members_of_a_detail_in_memory_and_sealed()
    {
        await using var front = await EngineFront.StartAsync();
        await SendAsync(front.Engine, [[new Sent(0, EngineFolder.Hour.StartUnixNanos, 3)]], []);
        foreach (var step in new Func<Task>[] { () => Task.CompletedTask, front.Engine.SealAsync })
        {
            await step();
            Assert.EndsWith("\"value\":0.5,\"of\":0.5,\"x\":\"xxx\"}", Assert.Single(await front.GetLinesAsync("/obs/metrics?last=2h")), StringComparison.Ordinal);
        }
    }

    private static async Task SendAsync(EngineFolder engine, Sent[][] batches, List<Stored> model)
    {
        foreach (var sent in batches)
        {
            using var batch = new MetricBatch();
            var entries = s_series.Select(series => batch.AddSeries(series, MetricKind.Gauge, default)).ToArray();
            foreach (var (series, time, detailLength) in sent)
            {
                var value = model.Count + 0.5;
                var detail = detailLength < 0 ? "" : $"{{\"of\":{value},\"x\":\"{new string('x', detailLength)}\"}}";
                batch.AddSample(entries[series], time, value);
                if (detail.Length > 0)
                    batch.AddDetail(Encoding.UTF8.GetBytes(detail));
                model.Add(new Stored($"m{series}", time, value, detail));
            }
            // What the journal has does not matter here: nothing is replayed.
            var request = new ReceivedRequest(Signal.Metrics, WireFormat.OtlpProtobuf, ContentCoding.Identity, (engine.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, new byte[1]);
            Assert.True((await engine.Store.MetricSink.AppendAsync(request, batch, TestContext.Current.CancellationToken)).Accepted);
        }
    }

    private static async Task CompareAsync(EngineFolder engine, List<Stored> model)
    {
        var found = (await engine.SelectAsync()).SelectMany(series => Enumerable.Range(0, series.Values.Length).Select(i => new Stored(
            Encoding.UTF8.GetString(LabelKey.ValueOf(series.Key.Span, "__name__"u8)), series.TimestampsUnixNanos.Span[i], series.Values.Span[i],
            Encoding.UTF8.GetString(series.DetailOf(i).Span))));
        // OrderBy is stable: equal times stay in order of arrival.
        Assert.Equal(model.OrderBy(sample => sample.Series, StringComparer.Ordinal).ThenBy(sample => sample.Time), found);
    }

    private readonly record struct Sent(int Series, long Time, int DetailLength);

    private sealed record Stored(string Series, long Time, double Value, string Detail);
}
