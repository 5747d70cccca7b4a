using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.House;

/// <summary>The house's hour, sent to an engine that was killed after the last acknowledgement, started again and told to seal.</summary>
public sealed class SealedHouse : IAsyncLifetime
{
    public const string LogFile = "telemetry/logs/2025-12-06/hour-14.jsonl.gz";
    public const string MetricFile = "telemetry/metrics/2025-12-06/hour-14.parquet";
    public const string TraceFile = "telemetry/traces/2025-12-06/hour-14.parquet";
    public const string Scroll = "receipts/observability/observability_events.jsonl";
    public const string Root = "ROOT.observability.txt";

    private readonly TemporaryFolder _live = new();
    private readonly TemporaryFolder _copies = new();
    private EngineProcess? _engine;

    /// <summary>The engine over the sealed hour; it runs.</summary>
    internal EngineProcess Engine => _engine!;

    /// <summary>What the seal command printed.</summary>
    internal ProgramRun Sealing { get; private set; } = null!;

    /// <summary>A path in the live data folder.</summary>
    internal string PathOf(string relative) => Path.Combine(_live.Path, relative);

    /// <summary>A copy of the data folder as an engine left it that was told to end.</summary>
    internal string Copy()
    {
        var copy = Path.Combine(_copies.Path, Guid.NewGuid().ToString("n"));
        CopyFolder(Path.Combine(_copies.Path, "original"), copy);
        return copy;
    }

    public async ValueTask InitializeAsync()
    {
        using var sender = new OtlpSender();
        _engine = await EngineProcess.StartAsync(_live.Path);
        await HouseTelemetry.SendAsync(sender, _engine.OtlpHttp);
        await _engine.KillAsync();
        await RestartAsync();
        Sealing = (await ProgramRun.OfVmObsAsync(_engine.Url, "seal")).Succeeded();
        await _engine.TerminateAsync(TimeSpan.FromSeconds(30));
        CopyFolder(_live.Path, Path.Combine(_copies.Path, "original"));
        await RestartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        _live.Dispose();
        _copies.Dispose();
    }

    private async Task RestartAsync()
    {
        await Engine.DisposeAsync();
        _engine = await EngineProcess.StartAsync(_live.Path);
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
