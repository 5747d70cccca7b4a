using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using VmObs.Receipts;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;
using VmObs.Verification;

namespace VmObs.Tests.Storage.Retention;

/// <summary>An hour with records of every retention class, and questions about which of them are still there.</summary>
internal static class RetainedHour
{
    public const string Logs = "telemetry/logs/2025-12-06/hour-14.jsonl.gz";
    public const string Metrics = "telemetry/metrics/2025-12-06/hour-14.parquet";
    public const string Traces = "telemetry/traces/2025-12-06/hour-14.parquet";

    public static readonly string[] All = ["metrics", "log trace", "log info", "log error", "trace ok", "trace error"];

    private static readonly TraceId s_ok = new(1, 1);
    private static readonly TraceId s_failed = new(1, 2);

    /// <summary>One trace of each class.</summary>
    public static IReadOnlyList<TraceId> FirstTraces => [s_ok, s_failed];

    /// <summary>Takes and seals it. Lines of 2 kB that do not compress, so that files have several groups.</summary>
    public static async Task<EngineFolder> SealedAsync(int lines = 12, StoreOptions? options = null)
    {
        var engine = await EngineFolder.OpenAsync(options);
        await FillAsync(engine, lines);
        Assert.Equal(3, (await engine.SealAsync()).Count);
        return engine;
    }

    public static async Task FillAsync(EngineFolder engine, int lines = 12)
    {
        for (var i = 0; i < lines; i++)
        {
            await engine.LogsAsync(Samples.Log(i, $"log trace {Noise(i)}", severity: 1), Samples.Log(i, $"log info {Noise(i + 1000)}"), Samples.Log(i, $"log error {Noise(i + 2000)}", severity: 17));
            await engine.MetricsAsync(Samples.Gauge("m", (i, i)));
            // Decided with the hour; long attributes fill the row groups.
            await engine.TracesAsync(
                Samples.Span(i == 0 ? s_ok : new TraceId(2, (ulong)i), 1, 0, i, 1, attributes: new OtlpAttribute("fill", Noise(i + 3000))),
                Samples.Span(i == 0 ? s_failed : new TraceId(3, (ulong)i), 2, 0, i, 6, failed: true, resource: Samples.Portal, attributes: new OtlpAttribute("fill", Noise(i + 4000))));
        }
    }

    /// <summary>A folder of its own with what another one holds, not opened yet.</summary>
    public static EngineFolder CopyOf(EngineFolder from, StoreOptions? options = null)
    {
        var engine = new EngineFolder { Options = options };
        CopyFiles(from.Folder, engine.Folder);
        return engine;
    }

    public static void CopyFiles(string from, string to)
    {
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
        }
    }

    /// <summary>Which classes queries find, each with all or none of its records.</summary>
    public static async Task<string[]> FoundAsync(EngineFolder engine, int lines = 12)
    {
        var found = new List<string>();
        found.AddRange(Enumerable.Repeat("metrics", (await engine.SelectAsync(("__name__", "m"))).Sum(series => series.Values.Length)));
        foreach (var record in await engine.FindAsync())
        {
            using var document = JsonDocument.Parse(record.Json);
            found.Add(string.Join(' ', document.RootElement.GetProperty("message").GetString()!.Split(' ')[..2]));
        }
        for (var i = 0; i < lines; i++)
        {
            found.AddRange((await SpansAsync(engine, i == 0 ? s_ok : new TraceId(2, (ulong)i))).Select(_ => "trace ok"));
            found.AddRange((await SpansAsync(engine, i == 0 ? s_failed : new TraceId(3, (ulong)i))).Select(_ => "trace error"));
        }
        Assert.All(found.CountBy(name => name), count => Assert.Equal(lines, count.Value));
        return [.. All.Where(found.Contains)];
    }

    public static IReadOnlyList<string> Findings(EngineFolder engine) => DataFolderVerifier.Run(engine.Folder, engine.Ledger.PublicKey, VerificationDepth.Records).Findings;

    public static List<JsonElement> Receipts(EngineFolder engine) =>
        [.. engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue) { Types = new HashSet<string> { "obs_retention" } }).Select(line => JsonElement.Parse(line))];

    public static string[] Files(EngineFolder engine) =>
        [.. Directory.GetFiles(Path.Combine(engine.Folder, "telemetry"), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(engine.Folder, path)).Order(StringComparer.Ordinal)];

    public static async Task<IReadOnlyList<ExpiredHour>> ExpireAsync(EngineFolder engine)
    {
        var result = await engine.Store.ExpireAsync(TestContext.Current.CancellationToken);
        Assert.Empty(result.Failures);
        return result.Hours;
    }

    private static ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> SpansAsync(EngineFolder engine, TraceId id) =>
        engine.Store.Traces.GetAsync(id, QueryBudget.Unlimited(), TestContext.Current.CancellationToken);

    // 2 kB, the same every time.
    private static string Noise(int seed) =>
        string.Concat(Enumerable.Range(0, 32).Select(i => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{seed}/{i}")))));
}
