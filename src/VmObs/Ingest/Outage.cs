namespace VmObs.Ingest;

/// <summary>A time in which nothing could be stored.</summary>
/// <param name="Failure">Why; the latest that the disk said.</param>
/// <param name="Since">The first request that was refused for it.</param>
/// <param name="HealedAt">The first one that was stored again; null while it lasts.</param>
internal sealed record Outage(string Failure, DateTimeOffset Since, DateTimeOffset? HealedAt);
