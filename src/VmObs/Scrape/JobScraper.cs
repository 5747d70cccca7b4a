using Microsoft.Extensions.Logging;
using VmObs.Scrape.Discovery;
using VmObs.Scrape.Jobs;
using VmObs.Ingest;
using VmObs.Scrape.Targets;

namespace VmObs.Scrape;

/// <summary>Scrapes one job's targets: a loop each, begun when a target is found and ended when it is gone.</summary>
/// <remarks>Thread-safe. A target is known again by its labels: whoever scrapes them next, with another URL or by a changed job, goes on
/// with its series, so that none ends that goes on and none goes on that ended.</remarks>
internal sealed class JobScraper : IAsyncDisposable
{
    private const int EndedAtOnce = 8;

    private readonly IIntake _intake;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly ulong _seed;
    private readonly SemaphoreSlim _changing = new(1);
    private readonly CancellationTokenSource _ends = new();
    private readonly TargetDiscovery _discovery;
    private readonly Task _following;
    // Loops that have stopped and whose series nobody goes on with yet, by SeriesKey.
    private readonly Dictionary<string, TargetLoop> _stopped = new(StringComparer.Ordinal);
    private ScrapeClient _client;
    private volatile Dictionary<string, Running> _running = new(StringComparer.Ordinal);
    private volatile FoundTargets _found = FoundTargets.None;

    public JobScraper(ScrapeJob job, IIntake intake, ILogger log, TimeProvider time, ulong seed)
    {
        (Job, _intake, _log, _time, _seed) = (job, intake, log, time, seed);
        _client = new ScrapeClient(job);
        _discovery = new TargetDiscovery(log, time);
        _following = Task.Run(FollowAsync);
    }

    public ScrapeJob Job { get; private set; }

    /// <summary>Labels of targets that relabelling dropped, as many as keep_dropped_targets keeps.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> Dropped => _found.Dropped;

    /// <summary>How many relabelling dropped.</summary>
    public int DroppedCount => _found.DroppedCount;

    /// <summary>How the targets do.</summary>
    public IReadOnlyList<TargetStatus> Statuses => [.. _running.Values.Select(static running => running.Loop.Status)];

    /// <summary>Begins the job, or goes on with it as it is now: sources and targets that did not change keep what they know.</summary>
    /// <returns>Ends once targets that are known to be gone have their staleness markers.</returns>
    public async Task SetJobAsync(ScrapeJob job)
    {
        await _changing.WaitAsync();
        try
        {
            var before = _client;
            (Job, _client) = (job, new ScrapeClient(job));
            await StopAsync(static _ => true);
            before.Dispose();
            await _discovery.SetSourcesAsync(job.Discovery);
            await TakeOverAsync();
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Ends the job: its series get their staleness markers.</summary>
    public async Task EndAsync()
    {
        await StopFollowingAsync();
        await StopAsync(static _ => true);
        await EndStoppedAsync();
    }

    /// <summary>Stops scraping. Series that were not ended get no staleness markers: the engine stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopFollowingAsync();
        await StopAsync(static _ => true);
        foreach (var loop in _stopped.Values)
            loop.Dispose();
        await _discovery.DisposeAsync();
        _client.Dispose();
        _ends.Dispose();
        _changing.Dispose();
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                await _discovery.WaitAsync(_ends.Token);
                await _changing.WaitAsync(_ends.Token);
                try
                {
                    await TakeOverAsync();
                }
                finally
                {
                    _changing.Release();
                }
            }
        }
        catch (OperationCanceledException) when (_ends.IsCancellationRequested)
        {
            // The job is gone, or the engine stops.
        }
        catch (Exception error)
        {
            _log.LogError(error, "scrape: BUG: job {Job} no longer takes over what is discovered", Job.Name);
        }
    }

    private async Task StopFollowingAsync()
    {
        await _ends.CancelAsync();
        await _following;
    }

    /// <summary>Takes over what was found: targets that stay go on undisturbed, the others end or begin. Under the lock.</summary>
    private async Task TakeOverAsync()
    {
        _found = FoundTargets.Create(Job, Job.Static.SelectMany(static group => group.Targets).Concat(_discovery.Groups.SelectMany(static group => group.Targets)), _log);
        await StopAsync(key => !_found.Targets.ContainsKey(key));
        var next = new Dictionary<string, Running>(StringComparer.Ordinal);
        foreach (var (key, target) in _found.Targets)
            next[key] = _running.TryGetValue(key, out var stays) ? stays : Begin(target);
        _running = next;
        // While a source has not found anything yet, a target that is not there may still come.
        if (_discovery.IsComplete)
            await EndStoppedAsync();
    }

    private Running Begin(ScrapeTarget target)
    {
        _stopped.Remove(target.SeriesKey, out var predecessor);
        var loop = new TargetLoop(Job, target, _client, _intake, _log, _time);
        if (predecessor is not null)
        {
            loop.GoOnFrom(predecessor);
            predecessor.Dispose();
        }
        var ends = new CancellationTokenSource();
        return new Running(loop, ends, RunAsync(loop, ends.Token));
    }

    private async Task RunAsync(TargetLoop loop, CancellationToken cancellationToken)
    {
        try
        {
            await loop.RunAsync(_seed, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The target is gone, or the engine stops.
        }
        catch (Exception error)
        {
            _log.LogError(error, "scrape: BUG: the loop of {Target} ended", loop.Target.Url);
        }
    }

    /// <summary>Stops loops; they wait for somebody who goes on with their series.</summary>
    private async Task StopAsync(Func<string, bool> isStopped)
    {
        var stopping = _running.Where(running => isStopped(running.Key)).ToList();
        _running = _running.Where(running => !isStopped(running.Key)).ToDictionary(StringComparer.Ordinal);
        foreach (var (_, running) in stopping)
            await running.Ends.CancelAsync();
        foreach (var (_, running) in stopping)
        {
            await running.Scraping;
            running.Ends.Dispose();
            if (_stopped.TryAdd(running.Loop.Target.SeriesKey, running.Loop))
                continue;
            // Two URLs with the same labels.
            _stopped[running.Loop.Target.SeriesKey].GoOnFrom(running.Loop);
            running.Loop.Dispose();
        }
    }

    /// <summary>Ends the series that nobody goes on with.</summary>
    private async Task EndStoppedAsync()
    {
        await Parallel.ForEachAsync(_stopped.Values, new ParallelOptions { MaxDegreeOfParallelism = EndedAtOnce }, static async (loop, _) =>
        {
            await loop.EndAsync();
            loop.Dispose();
        });
        _stopped.Clear();
    }

    private sealed record Running(TargetLoop Loop, CancellationTokenSource Ends, Task Scraping);
}
