using Microsoft.Extensions.Logging;
using VmObs.Scrape.Jobs;
using VmObs.Ingest;
using VmObs.Scrape.Targets;

namespace VmObs.Scrape;

/// <summary>Scrapes one job's targets: a loop each, begun when a target is found and ended when it is gone.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class JobScraper : IAsyncDisposable
{
    private readonly IIntake _intake;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly ulong _seed;
    private readonly ScrapeClient _client;
    private readonly Lock _lock = new();
    private Dictionary<string, Running> _running = new(StringComparer.Ordinal);
    private int _dropped;

    public JobScraper(ScrapeJob job, IIntake intake, ILogger log, TimeProvider time, ulong seed)
    {
        (Job, _intake, _log, _time, _seed) = (job, intake, log, time, seed);
        _client = new ScrapeClient(job);
    }

    public ScrapeJob Job { get; }

    /// <summary>Targets that relabelling dropped.</summary>
    public int Dropped => _dropped;

    /// <summary>How the targets do.</summary>
    public IReadOnlyList<TargetStatus> Statuses
    {
        get
        {
            lock (_lock)
                return [.. _running.Values.Select(static running => running.Loop.Status)];
        }
    }

    /// <summary>Takes over what was found: targets that stay go on undisturbed, the others end or begin.</summary>
    /// <param name="found">Label sets, each with __address__.</param>
    /// <returns>Ends once those that are gone have their staleness markers.</returns>
    public async Task SetTargetsAsync(IEnumerable<IReadOnlyDictionary<string, string>> found)
    {
        var wanted = Create(found);
        List<Running> gone;
        lock (_lock)
        {
            gone = [.. _running.Where(running => !wanted.ContainsKey(running.Key)).Select(static running => running.Value)];
            var next = new Dictionary<string, Running>(StringComparer.Ordinal);
            foreach (var (key, target) in wanted)
                next[key] = _running.TryGetValue(key, out var stays) ? stays : Begin(target);
            _running = next;
        }
        foreach (var running in gone)
            await EndAsync(running, isGone: true);
    }

    /// <summary>Ends all loops. Series get no staleness markers: the engine stops, or another job goes on with the same targets.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Running> all;
        lock (_lock)
        {
            all = [.. _running.Values];
            _running = new(StringComparer.Ordinal);
        }
        foreach (var running in all)
            await running.Ends.CancelAsync();
        foreach (var running in all)
            await EndAsync(running, isGone: false);
        _client.Dispose();
    }

    private Dictionary<string, ScrapeTarget> Create(IEnumerable<IReadOnlyDictionary<string, string>> found)
    {
        var wanted = new Dictionary<string, ScrapeTarget>(StringComparer.Ordinal);
        var dropped = 0;
        foreach (var labels in found)
        {
            if (ScrapeTarget.Create(Job, labels, out var problem) is { } target)
                wanted[target.Key] = target;
            else if (problem is null)
                dropped++;
            else
                _log.LogWarning("scrape: {Problem}", problem);
        }
        _dropped = dropped;
        if (Job.Limits.Targets == 0 || wanted.Count <= Job.Limits.Targets)
            return wanted;
        _log.LogWarning("scrape: job {Job}: target_limit: got {Count} targets, want at most {Limit}; none is scraped", Job.Name, wanted.Count, Job.Limits.Targets);
        return [];
    }

    private Running Begin(ScrapeTarget target)
    {
        var loop = new TargetLoop(Job, target, _client, _intake, _log, _time);
        var ends = new CancellationTokenSource();
        return new Running(loop, ends, Task.Run(() => RunAsync(loop, ends.Token)));
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

    private static async Task EndAsync(Running running, bool isGone)
    {
        await running.Ends.CancelAsync();
        await running.Scraping;
        if (isGone)
            await running.Loop.EndAsync();
        running.Loop.Dispose();
        running.Ends.Dispose();
    }

    private sealed record Running(TargetLoop Loop, CancellationTokenSource Ends, Task Scraping);
}
