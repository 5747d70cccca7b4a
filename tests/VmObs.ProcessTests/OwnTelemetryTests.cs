using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests;

/// <summary>The engine's own telemetry.</summary>
public sealed class OwnTelemetryTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private EngineProcess _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await EngineProcess.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_engine_watches_itself_through_its_own_front_door()
    {
        await Eventually.GetAsync("logs of vm-obs", s_patience, () => FindAsync("logs", "query", "--service", "vm-obs", "--last", "1h"));
        await Eventually.GetAsync("metrics of vm-obs", s_patience, () => FindAsync("metrics", "query", "--label", "service=vm-obs", "--last", "1h"));
    }

    private async Task<object?> FindAsync(params string[] arguments) =>
        (await ProgramRun.OfVmObsAsync(_engine.Url, [.. arguments, "--output", "json"])).Succeeded().JsonLines() is { Count: > 0 } lines ? lines : null;
}
