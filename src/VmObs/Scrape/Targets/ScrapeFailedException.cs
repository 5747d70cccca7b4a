namespace VmObs.Scrape.Targets;

/// <summary>A scrape that brought nothing that can be stored; the message says why, for a person who looks at the target.</summary>
internal sealed class ScrapeFailedException(string message) : Exception(message);
