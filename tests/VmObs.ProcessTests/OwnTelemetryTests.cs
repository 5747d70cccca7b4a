using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests;

/// <summary>The engine's own telemetry.</summary>
public sealed class OwnTelemetryTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_exports = TimeSpan.FromSeconds(90);

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

    [Fact]
    public async Task What_it_says_of_its_end_is_there_after_the_next_start()
    {
        Assert.Equal(0, await _engine.TerminateAsync(TimeSpan.FromSeconds(30)));
        // It ends in time whether its own store was quick enough or not; where it was not it says so.
        var gaveUp = _engine.Output.Contains("is here alone", StringComparison.Ordinal);
        await _engine.DisposeAsync();
        _engine = await EngineProcess.StartAsync(_folder.Path);
        Assert.True(gaveUp || await FindAsync("logs", "search", "vm-obs is stopping", "--last", "1h") is not null);
    }

    [Fact]
    public async Task An_idle_engine_s_own_records_do_not_feed_more_of_themselves()
    {
        var exports = await Eventually.GetAsync("three exports", s_exports, async () => Exports(
            (await ProgramRun.OfVmObsAsync(_engine.Url, "metrics", "query", "--label", "service=vm-obs", "--last", "1h", "--limit", "100000", "--output", "json")).Succeeded().JsonLines()
                .Select(static sample => sample.GetProperty("timestamp").GetDateTimeOffset())) is { Count: >= 3 } counts ? counts : null);
        // The first cannot know of what taking it brings; after that nothing new comes but what the questions above bring, once.
        Assert.InRange(exports[2], exports[1], exports[1] + 40);
    }

    /// <summary>How many samples each export has: those of one lie within a second, the next comes much later.</summary>
    private static List<int> Exports(IEnumerable<DateTimeOffset> times)
    {
        var counts = new List<int>();
        var last = DateTimeOffset.MinValue;
        foreach (var time in times.Order())
        {
            if (time - last > TimeSpan.FromSeconds(5))
                counts.Add(0);
            counts[^1]++;
            last = time;
        }
        return counts;
    }

    private async Task<object?> FindAsync(params string[] arguments) =>
        (await ProgramRun.OfVmObsAsync(_engine.Url, [.. arguments, "--output", "json"])).Succeeded().JsonLines() is { Count: > 0 } lines ? lines : null;
}
