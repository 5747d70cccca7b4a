namespace VmObs.Scrape.Discovery;

/// <summary>A name that could not be looked up, which says nothing of whether it exists.</summary>
internal sealed class DnsFailedException(string message, Exception? cause) : Exception(message, cause);
