using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Storage.Faults;

/// <summary>An engine's life on a disk that fails once: requests of all signals, spills, seals, late data, restarts, a journal that rolls and is cut.</summary>
internal sealed class Life : IAsyncDisposable
{
    /// <summary>Small, so that all that can happen does.</summary>
    public static readonly StoreOptions Options = new("") { HeadBudgetBytes = 8 * 1024, JournalSegmentBytes = 900 };

    private const int Attempts = 4;

    private readonly EngineFolder _engine;
    private ModelDisk _disk;

    public Life(string folder, ModelDisk disk)
    {
        _disk = disk;
        _engine = new EngineFolder(folder) { Disk = disk, SignsHead = true, Options = Options };
    }

    public LifeRecords Records { get; } = new();

    public ModelDisk Disk => _disk;

    public EngineFolder Engine => _engine;

    /// <summary>Lives: whatever is refused is tried again, a process that ended is started again.</summary>
    public async Task LiveAsync()
    {
        await StartAsync();
        await SendAsync(0, requests: 2);
        await DoAsync(SpillAsync);
        await SendAsync(1, requests: 2);
        await DoAsync(BeatAsync);
        await DoAsync(_engine.ReopenAsync);
        await SendAsync(2, requests: 1);
        await DoAsync(_engine.SealAsync);
        await SendAsync(3, requests: 2);
        await DoAsync(SpillAsync);
        _engine.Time.Advance(TimeSpan.FromHours(25));
        await DoAsync(_engine.SealAsync);
        await SendAsync(4, requests: 2);
        await DoAsync(SpillAsync);
        await SendAsync(5, requests: 1);
    }

    /// <summary>Fills hours until files hold records that a start no longer replays, and leaves them open.</summary>
    public async Task FillAsync()
    {
        for (var round = 6; round < LifeCheck.Rounds; round++)
        {
            await SendAsync(round, requests: 2);
            await DoAsync(SpillAsync);
        }
    }

    /// <summary>Starts the engine.</summary>
    public Task StartAsync() => DoAsync(_engine.ReopenAsync);

    /// <summary>Seals all that has ended.</summary>
    public Task SealAsync() => DoAsync(_engine.SealAsync);

    public async ValueTask DisposeAsync()
    {
        _disk.End();
        await _engine.DisposeAsync();
    }

    // Not a method of one store: a restart in between makes another.
    private Task SpillAsync() => _engine.Store.SpillAsync();

    private Task BeatAsync() => _engine.Heartbeat.BeatAsync(() => _engine.Store.Journal, CancellationToken.None);

    // One fault a life: the second attempt is not refused, but for what a restart in between costs.
    private async Task DoAsync(Func<Task> step)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (_disk.IsEnded)
                    await RestartAsync();
                await step();
                return;
            }
            catch (IOException) when (attempt < Attempts && _disk.Failed is not null)
            {
                // Longer than any pause after a refusal.
                _engine.Time.Advance(TimeSpan.FromSeconds(6));
            }
        }
    }

    private async Task RestartAsync()
    {
        await _engine.CloseAsync();
        _disk = _disk.ForNextProcess();
        _engine.Disk = _disk;
        await _engine.ReopenAsync();
    }

    private async Task SendAsync(int round, int requests)
    {
        // Side by side, so that they share group commits.
        await Task.WhenAll(Enumerable.Range(0, requests).SelectMany(i => new[]
        {
            SendAsync($"log-{round}.{i}", name => _engine.LogsAsync(Samples.Log((round * 10) + i, name, severity: 17))),
            SendAsync($"metric-{round}.{i}", _ => _engine.MetricsAsync(Sample(round, (round * 10) + i))),
            SendAsync($"trace-{round}.{i}", _ => _engine.TracesAsync(Samples.Span(TraceOf(round, i), 1, 0, (round * 10) + i, 6))),
        }));
        if (_disk.IsEnded)
            await DoAsync(() => Task.CompletedTask);
        else if (_disk.Failed is not null)
            _engine.Time.Advance(TimeSpan.FromSeconds(6));
    }

    private async Task SendAsync(string name, Func<string, Task<AppendOutcome>> send)
    {
        Records.Sent(name, _disk.Operations);
        try
        {
            if ((await send(name)).Accepted)
                Records.Acknowledged(name, _disk.Operations);
        }
        catch (IOException) when (_disk.Failed is not null)
        {
            // Not acknowledged: it may be there or not.
        }
    }

    /// <summary>Whether the sample of this value has an exemplar: every other one.</summary>
    public static bool HasExemplar(double value) => (int)value % 2 == 1;

    private static OtlpGroup<OtlpMetric> Sample(int round, int value) => HasExemplar(value)
        ? Samples.GaugeWithExemplar($"metric-{round % 2}", value, value)
        : Samples.Gauge($"metric-{round % 2}", (value, value));

    /// <summary>The trace of a request.</summary>
    public static TraceId TraceOf(int round, int request) => new(1, (ulong)((round * 10) + request + 1));
}
