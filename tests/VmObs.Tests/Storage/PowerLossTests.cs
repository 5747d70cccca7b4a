using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Receipts;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage;

/// <summary>The power goes at every single disk operation of a life of appends, restarts and seals; what was acknowledged is there afterwards.</summary>
public sealed class PowerLossTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whatever_was_acknowledged_is_found_once_after_a_power_loss_at_any_operation(bool persisted)
    {
        var whole = new FaultyDisk(int.MaxValue, persisted);
        await LiveAsync(whole);
        Assert.InRange(whole.Operations, 60, 1000);
        // A power loss may also hit the restart that follows one.
        for (var failAt = 1; failAt <= whole.Operations; failAt++)
            await LiveAsync(new FaultyDisk(failAt, persisted));
    }

    private static async Task LiveAsync(FaultyDisk disk)
    {
        var acknowledged = new List<string>();
        var unanswered = new List<string>();
        await using var engine = new EngineFolder { Disk = disk };
        try
        {
            await engine.ReopenAsync();
            await SendAsync(engine, 0, acknowledged, unanswered);
            await engine.ReopenAsync();
            await SendAsync(engine, 1, acknowledged, unanswered);
            await engine.SealAsync();
            await SendAsync(engine, 2, acknowledged, unanswered);
            await engine.SealAsync();
            await SendAsync(engine, 3, acknowledged, unanswered);
        }
        catch (IOException)
        {
            Assert.True(disk.IsDown);
        }
        engine.Disk = new FaultyDisk(int.MaxValue, persisted: true);
        await engine.ReopenAsync();
        await AssertKeptAsync(engine, acknowledged, unanswered);
        await engine.SealAsync();
        await AssertKeptAsync(engine, acknowledged, unanswered);
        AssertSealed(engine);
        Assert.True((await engine.LogsAsync(Samples.Log(1, "after"))).Accepted);
    }

    private static async Task SendAsync(EngineFolder engine, int round, List<string> acknowledged, List<string> unanswered)
    {
        var tasks = new List<(string Name, Task<AppendOutcome> Task)>
        {
            ($"log-{round}", engine.LogsAsync(Samples.Log(round, $"log-{round}", severity: 17))),
            ($"metric-{round}", engine.MetricsAsync(Samples.Gauge($"metric-{round}", (round, round)))),
            ($"trace-{round}", engine.TracesAsync(Samples.Span(new TraceId(1, (ulong)round + 1), 1, 0, round, 6))),
        };
        foreach (var (name, task) in tasks)
        {
            try
            {
                Assert.True((await task).Accepted);
                acknowledged.Add(name);
            }
            catch (IOException)
            {
                unanswered.Add(name);
            }
        }
        if (unanswered.Count > 0)
            throw new IOException("a request was not answered");
    }

    private static async Task AssertKeptAsync(EngineFolder engine, List<string> acknowledged, List<string> unanswered)
    {
        var found = (await engine.FindAsync()).Select(record =>
        {
            using var document = JsonDocument.Parse(record.Json);
            return document.RootElement.GetProperty("message").GetString()!;
        }).Concat((await engine.SelectAsync(("node", "brick-01"))).Select(series =>
        {
            Assert.Equal(1, series.Values.Length);
            return $"metric-{series.Values.Span[0]}";
        })).ToList();
        for (var round = 0; round < 4; round++)
            found.AddRange((await engine.Store.Traces.GetAsync(new TraceId(1, (ulong)round + 1), TestContext.Current.CancellationToken)).Select(_ => $"trace-{round}"));
        Assert.Equal(found.Count, found.Distinct().Count());
        Assert.Empty(acknowledged.Except(found));
        Assert.Empty(found.Except(acknowledged).Except(unanswered));
    }

    /// <summary>Every receipt has its file with its hash, every sealed file its receipt, and every significant trace one receipt.</summary>
    private static void AssertSealed(EngineFolder engine)
    {
        var receipted = engine.Ledger.SealedHours.ToDictionary(hour => hour.StoragePath, hour => hour.ContentHash);
        var telemetry = Path.Combine(engine.Folder, "telemetry");
        var files = Directory.Exists(telemetry) ? Directory.GetFiles(telemetry, "*", SearchOption.AllDirectories) : [];
        Assert.Equal(receipted.Keys.Order(), files.Select(path => Path.GetRelativePath(engine.Folder, path)).Order());
        foreach (var (path, hash) in receipted)
            Assert.Equal(hash, Blake3.Hash(File.ReadAllBytes(engine.PathOf(path))).ToHex());
        var traces = engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue) { Types = new HashSet<string> { "obs_trace_complete" } });
        Assert.Equal(traces.Count, traces.Select(TraceId).Distinct().Count());

        static string TraceId(byte[] line)
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("trace_id").GetString()!;
        }
    }
}
