using System.Text;
using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Receipts;
using VmObs.Signals.Ports;
using VmObs.Tests.Support;
using VmObs.Verification;

namespace VmObs.Tests.Storage.Faults;

/// <summary>Compares what an engine has with what senders were told.</summary>
internal static class LifeCheck
{
    /// <summary>Rounds of requests that a life may have.</summary>
    public const int Rounds = 14;

    private const int RequestsARound = 2;

    /// <summary>Everything acknowledged is found exactly once, everything else that was sent zero or one times, nothing else at all.</summary>
    public static async Task RecordsAsync(EngineFolder engine, HashSet<string> acknowledged, HashSet<string> sent)
    {
        var found = (await engine.FindAsync()).Select(record => JsonElement.Parse(record.Json.Span).GetProperty("message").GetString()!).ToList();
        var faults = new List<string>();
        foreach (var series in await engine.SelectAsync(("node", "brick-01")))
        {
            for (var i = 0; i < series.Values.Length; i++)
            {
                var name = $"metric-{(int)series.Values.Span[i] / 10}.{(int)series.Values.Span[i] % 10}";
                found.Add(name);
                if (ExemplarOf(series, i) != (Life.HasExemplar(series.Values.Span[i]) ? series.Values.Span[i] : null))
                    faults.Add($"{name} has the detail {Encoding.UTF8.GetString(series.DetailOf(i).Span)}");
            }
        }
        for (var round = 0; round < Rounds; round++)
        {
            for (var request = 0; request < RequestsARound; request++)
            {
                var spans = await engine.Store.Traces.GetAsync(Life.TraceOf(round, request), QueryBudget.Unlimited(), CancellationToken.None);
                found.AddRange(Enumerable.Repeat($"trace-{round}.{request}", spans.Count));
            }
        }
        faults.AddRange(found.CountBy(name => name).Where(name => name.Value > 1).Select(name => $"{name.Key} is there {name.Value} times"));
        faults.AddRange(acknowledged.Except(found).Select(name => $"{name} was acknowledged and is not there"));
        faults.AddRange(found.Except(sent).Select(name => $"{name} is there and was not sent"));
        Assert.True(faults.Count == 0, string.Join("; ", faults.Order(StringComparer.Ordinal)));
    }

    private static double? ExemplarOf(SeriesSamples series, int sample) => series.DetailOf(sample) is { IsEmpty: false } detail
        ? JsonElement.Parse(detail.Span).GetProperty("exemplars")[0].GetProperty("value").GetDouble()
        : null;

    /// <summary>Every receipt has its file, every sealed file its receipt, every significant trace one receipt, and the folder verifies.</summary>
    public static void Ledger(EngineFolder engine)
    {
        var receipted = engine.Ledger.SealedHours.ToDictionary(hour => hour.StoragePath, hour => hour.ContentHash);
        var telemetry = Path.Combine(engine.Folder, "telemetry");
        var files = Directory.Exists(telemetry) ? Directory.GetFiles(telemetry, "*", SearchOption.AllDirectories) : [];
        Assert.Equal(receipted.Keys.Order(StringComparer.Ordinal), files.Select(path => Path.GetRelativePath(engine.Folder, path)).Order(StringComparer.Ordinal));
        foreach (var (path, hash) in receipted)
            Assert.Equal(hash, Blake3.Hash(File.ReadAllBytes(engine.PathOf(path))).ToHex());
        var traces = engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue) { Types = new HashSet<string> { "obs_trace_complete" }, Limit = 1000 })
            .Select(line => JsonElement.Parse(line).GetProperty("trace_id").GetString()).ToList();
        Assert.Equal(traces.Count, traces.Distinct().Count());
        Assert.Empty(DataFolderVerifier.Run(engine.Folder, engine.Key, VerificationDepth.Records).Findings);
    }
}
