using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace VmObs.Scrape.Discovery;

/// <summary>Runs a job's sources of targets and keeps what each found last. Whoever makes it disposes it.</summary>
/// <remarks><see cref="SetSourcesAsync"/> is called by one at a time; all else is thread-safe.</remarks>
internal sealed class TargetDiscovery(ILogger log, TimeProvider time) : IAsyncDisposable
{
    // One waiting change stands for any number of them.
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile IReadOnlyList<Running> _sources = [];

    /// <summary>What all sources found last.</summary>
    public IEnumerable<TargetGroup> Groups => _sources.SelectMany(static source => source.Found ?? []);

    /// <summary>Whether every source has found something or nothing: before, a target that is not there may still come.</summary>
    public bool IsComplete => _sources.All(static source => source.Found is not null);

    /// <summary>Begins and ends sources; those whose entries did not change go on with what they found.</summary>
    public async Task SetSourcesAsync(IEnumerable<ITargetSourceFactory> factories)
    {
        var before = _sources;
        _sources = [.. factories.DistinctBy(static factory => factory.Fingerprint).Select(factory => before.FirstOrDefault(source => source.Fingerprint == factory.Fingerprint) ?? Begin(factory))];
        foreach (var ended in before.Except(_sources))
            await ended.DisposeAsync();
    }

    /// <summary>Returns once something changed since it returned last.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _changes.Reader.ReadAsync(cancellationToken);

    public async ValueTask DisposeAsync() => await SetSourcesAsync([]);

    private Running Begin(ITargetSourceFactory factory)
    {
        var running = new Running(factory.Fingerprint);
        running.Looking = Task.Run(() => RunAsync(running, factory.Create(log, time)));
        return running;
    }

    private async Task RunAsync(Running running, ITargetSource source)
    {
        try
        {
            await source.RunAsync(
                groups =>
                {
                    running.Found = groups;
                    _changes.Writer.TryWrite(true);
                },
                running.Ends.Token);
        }
        catch (OperationCanceledException) when (running.Ends.IsCancellationRequested)
        {
            // Its job is gone, or the engine stops.
        }
        catch (Exception error)
        {
            log.LogError(error, "scrape: BUG: a source of targets ended; what it found stays: {Source}", running.Fingerprint);
        }
    }

    private sealed class Running(string fingerprint) : IAsyncDisposable
    {
        private volatile IReadOnlyList<TargetGroup>? _found;

        public string Fingerprint => fingerprint;

        public CancellationTokenSource Ends { get; } = new();

        public Task Looking { get; set; } = Task.CompletedTask;

        public IReadOnlyList<TargetGroup>? Found
        {
            get => _found;
            set => _found = value;
        }

        public async ValueTask DisposeAsync()
        {
            await Ends.CancelAsync();
            await Looking;
            Ends.Dispose();
        }
    }
}
