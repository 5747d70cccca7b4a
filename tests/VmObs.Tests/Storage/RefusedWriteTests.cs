using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded;
using VmObs.Tests.Support;
using VmObs.Verification;

namespace VmObs.Tests.Storage;

/// <summary>The disk refuses for a while; the engine goes on as soon as it no longer does, without a restart, and nothing acknowledged is lost.</summary>
public sealed class RefusedWriteTests
{
    private readonly HashSet<int> _acknowledged = [];
    private readonly HashSet<int> _refused = [];
    private int _sent;

    public static TheoryData<string, string, bool> Refusals()
    {
        var data = new TheoryData<string, string, bool>();
        // Each path and each operation at least once; an empty path is every file.
        foreach (var operation in new[] { "open", "write", "sync", "rename", "delete", "sync-folder" })
        {
            foreach (var path in new[] { "/journal", ".journal", "low-water", "/spill/metrics", "/spill/traces", ".run.tmp", "/telemetry/logs", ".open", ".manifest", ".jsonl", "ROOT", "" })
            {
                data.Add(operation, path, true);
                data.Add(operation, path, false);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_disk_that_refuses_for_a_while_loses_nothing_that_was_acknowledged(string operation, string path, bool reopens)
    {
        var disk = new RefusingDisk();
        await using var engine = new EngineFolder { Disk = disk, Options = new StoreOptions("") { HeadBudgetBytes = 8 * 1024 } };
        await engine.ReopenAsync();
        await SendAsync(engine, 5);
        disk.Refuses = (what, where) => what == operation && where.Contains(path, StringComparison.Ordinal);
        await SendAsync(engine, 5);
        await TryAsync(engine.Store.SpillAsync);
        await TryAsync(engine.SealAsync);
        await FindAsync(engine);
        disk.Refuses = (_, _) => false;
        // Longer than the journal leaves a disk alone that refused.
        engine.Time.Advance(TimeSpan.FromSeconds(6));
        var before = _acknowledged.Count;
        await SendAsync(engine, 5);
        Assert.Equal(before + 5, _acknowledged.Count);
        if (reopens)
            await engine.ReopenAsync();
        await engine.Store.SpillAsync();
        await FindAsync(engine);
        await engine.SealAsync();
        await FindAsync(engine);
        Assert.Equal(0, engine.Store.Memory.Used);
        await engine.ReopenAsync();
        await FindAsync(engine);
        await engine.SealAsync();
        await FindAsync(engine);
        Assert.Empty(DataFolderVerifier.Run(engine.Folder, engine.Key, VerificationDepth.Records).Findings);
    }

    private static async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (IOException error)
        {
            Assert.Contains("the disk refuse", error.Message, StringComparison.Ordinal);
        }
    }

    private async Task SendAsync(EngineFolder engine, int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            var number = _sent++;
            try
            {
                Assert.True((await engine.LogsAsync(Samples.Log(number, $"{number}", severity: 17))).Accepted);
                Assert.True((await engine.MetricsAsync(Samples.Gauge("m", (number, number)))).Accepted);
                Assert.True((await engine.TracesAsync(Samples.Span(new TraceId(1, (ulong)number + 1), 1, 0, number, 6))).Accepted);
                _acknowledged.Add(number);
            }
            catch (IOException error)
            {
                Assert.Contains("the disk refuse", error.Message, StringComparison.Ordinal);
                _refused.Add(number);
            }
        }
    }

    private async Task FindAsync(EngineFolder engine)
    {
        var lines = (await engine.FindAsync()).Select(record => (int)((record.TimestampUnixNanos - EngineFolder.Hour.StartUnixNanos) / 1_000_000_000)).ToList();
        var values = (await engine.SelectAsync(("__name__", "m"))).SelectMany(series => series.Values.ToArray()).Select(value => (int)value).ToList();
        var traces = new List<int>();
        for (var number = 0; number < _sent; number++)
        {
            var spans = await engine.Store.Traces.GetAsync(new TraceId(1, (ulong)number + 1), QueryBudget.Unlimited(), TestContext.Current.CancellationToken);
            traces.AddRange(Enumerable.Repeat(number, spans.Count));
        }
        foreach (var found in new[] { lines, values, traces })
        {
            Assert.Equal(found.Count, found.Distinct().Count());
            Assert.Empty(_acknowledged.Except(found));
            Assert.Empty(found.Except(_acknowledged).Except(_refused));
        }
    }
}
