using System.IO.Hashing;
using System.Text;
using Microsoft.Extensions.Logging;
using VmObs.Scrape.Jobs;
using VmObs.Ingest;
using VmObs.Scrape.Targets;

namespace VmObs.Scrape;

/// <summary>Scrapes all jobs of the configuration; takes over another configuration without a gap. Whoever makes it disposes it.</summary>
internal sealed class Scraper(IIntake intake, ILoggerFactory loggers, TimeProvider time) : IAsyncDisposable
{
    // Engines with the same targets do not scrape them at the same moments.
    private readonly ulong _seed = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{Environment.MachineName}/{Environment.ProcessId}"));
    private readonly ILogger _log = loggers.CreateLogger<Scraper>();
    private readonly SemaphoreSlim _changing = new(1);
    private volatile IReadOnlyList<JobScraper> _jobs = [];

    /// <summary>How all targets do, job by job.</summary>
    public IReadOnlyList<TargetStatus> Statuses => [.. _jobs.SelectMany(static job => job.Statuses)];

    /// <summary>Targets that relabelling dropped, by job.</summary>
    public IReadOnlyList<(string Job, int Dropped)> Dropped => [.. _jobs.Select(static job => (job.Job.Name, job.Dropped))];

    /// <summary>Takes over a configuration: jobs that did not change go on undisturbed, with their schedules and what they know of series.</summary>
    public async Task SetJobsAsync(IReadOnlyList<ScrapeJob> jobs)
    {
        await _changing.WaitAsync();
        try
        {
            var before = _jobs;
            var next = new List<JobScraper>();
            foreach (var job in jobs)
                next.Add(before.FirstOrDefault(scraper => scraper.Job.Fingerprint == job.Fingerprint) ?? new JobScraper(job, intake, _log, time, _seed));
            _jobs = next;
            foreach (var old in before.Except(next))
            {
                // A target that another job of the name goes on with is not gone.
                if (!next.Exists(scraper => scraper.Job.Name == old.Job.Name))
                    await old.SetTargetsAsync([]);
                await old.DisposeAsync();
            }
            foreach (var scraper in next.Except(before))
                await scraper.SetTargetsAsync(scraper.Job.Static.SelectMany(static group => group.Addresses.Select(address => WithAddress(group.Labels, address))));
        }
        finally
        {
            _changing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _changing.WaitAsync();
        foreach (var job in _jobs)
            await job.DisposeAsync();
        _changing.Dispose();
    }

    private static Dictionary<string, string> WithAddress(IReadOnlyDictionary<string, string> labels, string address) =>
        new(labels, StringComparer.Ordinal) { ["__address__"] = address };
}
