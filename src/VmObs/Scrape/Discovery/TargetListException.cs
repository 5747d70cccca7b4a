namespace VmObs.Scrape.Discovery;

/// <summary>A list of targets that is none; the message says where, what it got and what it wants.</summary>
internal sealed class TargetListException(string message) : Exception(message);
