using Microsoft.Extensions.Logging;
using VmObs.Scrape.Jobs;

namespace VmObs.Scrape.Targets;

/// <summary>What relabelling made of the targets that were found.</summary>
/// <param name="Targets">Those to be scraped, by key.</param>
/// <param name="Dropped">Labels of those that it dropped, as many as the job keeps.</param>
/// <param name="DroppedCount">How many it dropped.</param>
internal sealed record FoundTargets(IReadOnlyDictionary<string, ScrapeTarget> Targets, IReadOnlyList<IReadOnlyDictionary<string, string>> Dropped, int DroppedCount)
{
    public static FoundTargets None { get; } = new(new Dictionary<string, ScrapeTarget>(), [], 0);

    /// <summary>Relabels.</summary>
    /// <param name="job">The job.</param>
    /// <param name="found">Label sets, each with __address__.</param>
    /// <param name="log">Gets those that cannot be scraped.</param>
    public static FoundTargets Create(ScrapeJob job, IEnumerable<IReadOnlyDictionary<string, string>> found, ILogger log)
    {
        var wanted = new Dictionary<string, ScrapeTarget>(StringComparer.Ordinal);
        var dropped = new List<IReadOnlyDictionary<string, string>>();
        var droppedCount = 0;
        foreach (var labels in found)
        {
            if (ScrapeTarget.Create(job, labels, out var discovered, out var problem) is { } target)
            {
                wanted[target.Key] = target;
            }
            else if (problem is not null)
            {
                log.LogWarning("scrape: {Problem}", problem);
            }
            else
            {
                droppedCount++;
                if (job.Limits.DroppedTargets == 0 || dropped.Count < job.Limits.DroppedTargets)
                    dropped.Add(discovered);
            }
        }
        if (job.Limits.Targets == 0 || wanted.Count <= job.Limits.Targets)
            return new FoundTargets(wanted, dropped, droppedCount);
        log.LogWarning("scrape: job {Job}: target_limit: got {Count} targets, want at most {Limit}; none is scraped", job.Name, wanted.Count, job.Limits.Targets);
        return new FoundTargets(new Dictionary<string, ScrapeTarget>(), dropped, droppedCount);
    }
}
