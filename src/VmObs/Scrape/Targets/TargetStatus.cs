namespace VmObs.Scrape.Targets;

/// <summary>How a target's last scrape went.</summary>
/// <param name="Job">Its job's name.</param>
/// <param name="Target">The target.</param>
/// <param name="LastScrape">When it was scraped last; null before the first time.</param>
/// <param name="Duration">How long that took.</param>
/// <param name="Samples">Samples that it brought.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
internal sealed record TargetStatus(string Job, ScrapeTarget Target, DateTimeOffset? LastScrape, TimeSpan Duration, int Samples, string? Error)
{
    /// <summary>"up", "down", or "unknown" before the first scrape.</summary>
    public string Health => LastScrape is null ? "unknown" : Error is null ? "up" : "down";
}
