using System.IO.Hashing;
using System.Text;
using Microsoft.Extensions.Logging;
using VmObs.Scrape.Jobs;
using VmObs.Ingest;

namespace VmObs.Scrape;

/// <summary>Scrapes all jobs of the configuration; takes over another configuration without a gap. Whoever makes it disposes it.</summary>
internal sealed class Scraper(IIntake intake, ILoggerFactory loggers, TimeProvider time) : IAsyncDisposable
{
    // Engines with the same targets do not scrape them at the same moments.
    private readonly ulong _seed = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{Environment.MachineName}/{Environment.ProcessId}"));
    private readonly ILogger _log = loggers.CreateLogger<Scraper>();
    private readonly SemaphoreSlim _changing = new(1);
    private volatile IReadOnlyList<JobScraper> _jobs = [];

    /// <summary>The jobs.</summary>
    public IReadOnlyList<JobScraper> Jobs => _jobs;

    /// <summary>Takes over a configuration: jobs that did not change go on undisturbed, with their schedules and what they know of series.</summary>
    public async Task SetJobsAsync(IReadOnlyList<ScrapeJob> jobs)
    {
        await _changing.WaitAsync();
        try
        {
            var before = _jobs;
            _jobs = [.. jobs.Select(job => before.FirstOrDefault(scraper => scraper.Job.Name == job.Name) ?? new JobScraper(job, intake, _log, time, _seed))];
            foreach (var old in before.Except(_jobs))
            {
                await old.EndAsync();
                await old.DisposeAsync();
            }
            foreach (var (scraper, job) in _jobs.Zip(jobs))
            {
                if (scraper.Job.Fingerprint != job.Fingerprint || !before.Contains(scraper))
                    await scraper.SetJobAsync(job);
            }
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
}
