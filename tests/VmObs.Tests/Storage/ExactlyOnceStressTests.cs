using System.Collections.Concurrent;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded;
using VmObs.Tests.Storage.Faults;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage;

/// <summary>Hours are filled, flushed, spilled and sealed while others count: every answer has every acknowledged record exactly once.</summary>
public sealed class ExactlyOnceStressTests(ITestOutputHelper output)
{
    private static readonly int s_requests = FaultCases.IsLong ? 6000 : 200;

    private const int RequestsASeal = 60;

    private readonly ConcurrentDictionary<string, bool> _acknowledged = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _sent = new(StringComparer.Ordinal);
    private int _answers;
    private int _sealed;
    private volatile int _sealedAt;

    [Fact]
    public async Task Every_answer_has_every_acknowledged_record_once_while_hours_flow_to_their_files()
    {
        // Small, so that flushes, runs and seals never stop.
        await using var engine = await EngineFolder.OpenAsync(new StoreOptions("") { HeadBudgetBytes = 128 * 1024, JournalSegmentBytes = 16 * 1024 });
        var writing = Task.WhenAll(
            WriteAsync("log", (number, name) => engine.LogsAsync(Samples.Log(SecondsOf(number), name, severity: 9 + (number % 9)))),
            WriteAsync("metric", (number, _) => engine.MetricsAsync(Samples.Gauge($"metric-{number % 7}", (SecondsOf(number), number)))),
            WriteAsync("trace", (number, _) => engine.TracesAsync(Samples.Span(new TraceId(7, (ulong)number + 1), 1, 0, SecondsOf(number), 1))));
        await Task.WhenAll(writing, FlowAsync(engine, writing), CountAsync(engine, writing));
        await CompareAsync(engine, Enumerable.Range(0, s_requests));
        // The hour that runs may have blocks on disk already: it ends too.
        engine.Time.Advance(TimeSpan.FromHours(2));
        await engine.SealAsync();
        await CompareAsync(engine, Enumerable.Range(0, s_requests));
        LifeCheck.Ledger(engine);
        output.WriteLine($"{3 * s_requests} requests, {_answers} comparisons, {_sealed} files sealed meanwhile");
        Assert.True(_answers > 2 && _sealed > 5, $"{_answers} comparisons, {_sealed} sealed files");
    }

    // Every other request in the hour that has ended, which is sealed again and again, the others in the one that runs.
    private static double SecondsOf(int number) => number % 2 == 0 ? number % 3000 : 3600 + (number % 1500);

    private async Task WriteAsync(string signal, Func<int, string, Task<AppendOutcome>> send)
    {
        for (var number = 0; number < s_requests; number++)
        {
            var name = $"{signal}-{number}";
            _sent[name] = true;
            while (!(await send(number, name)).Accepted)
                await Task.Yield();
            _acknowledged[name] = true;
            // However fast this machine is, hours are sealed in between.
            while (_acknowledged.Count > _sealedAt + RequestsASeal)
                await Task.Yield();
        }
    }

    private async Task FlowAsync(EngineFolder engine, Task writing)
    {
        while (!writing.IsCompleted)
        {
            var target = _sealedAt + RequestsASeal / 2;
            while (_acknowledged.Count < target && !writing.IsCompleted)
                await engine.Store.SpillAsync();
            _sealedAt = _acknowledged.Count;
            _sealed += (await engine.SealAsync()).Count;
        }
    }

    private async Task CountAsync(EngineFolder engine, Task writing)
    {
        var random = new Random(1);
        while (!writing.IsCompleted)
            await CompareAsync(engine, Enumerable.Range(0, 20).Select(_ => random.Next(s_requests)).Distinct());
    }

    private async Task CompareAsync(EngineFolder engine, IEnumerable<int> traces)
    {
        var chosen = traces.ToHashSet();
        // Taken before the question: all of it must be in the answer.
        var acknowledged = _acknowledged.Keys.ToList();
        var found = (await engine.FindAsync()).Select(record => System.Text.Json.JsonElement.Parse(record.Json.Span).GetProperty("message").GetString()!).ToList();
        found.AddRange((await engine.SelectAsync(("node", "brick-01"))).SelectMany(series => series.Values.ToArray()).Select(value => $"metric-{(int)value}"));
        foreach (var number in chosen)
            found.AddRange((await engine.Store.Traces.GetAsync(new TraceId(7, (ulong)number + 1), QueryBudget.Unlimited(), TestContext.Current.CancellationToken)).Select(_ => $"trace-{number}"));
        var asked = acknowledged.Where(name => !name.StartsWith("trace", StringComparison.Ordinal) || chosen.Contains(int.Parse(name["trace-".Length..], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(found.Count, found.Distinct().Count());
        Assert.Empty(asked.Except(found));
        Assert.Empty(found.Except(_sent.Keys));
        _answers++;
    }
}
