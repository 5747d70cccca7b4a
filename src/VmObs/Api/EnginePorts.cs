using VmObs.Ingest;
using VmObs.Proofs;
using VmObs.Receipts;
using VmObs.Scrape;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded;

namespace VmObs.Api;

/// <summary>What the API answers from.</summary>
internal sealed record EnginePorts(IMetricSource Metrics, ILogSource Logs, ITraceSource Traces)
{
    /// <summary>Tells of log records as they are stored.</summary>
    public required ILogFeed LogFeed { get; init; }

    /// <summary>The ledger's receipts.</summary>
    public required IReceiptReader Receipts { get; init; }

    /// <summary>The ledger as a transparency log.</summary>
    public required ReceiptLog Log { get; init; }

    /// <summary>Makes bundles that prove what the engine has.</summary>
    public required ProofMaker Proofs { get; init; }

    /// <summary>Shows that the journal has what was acknowledged.</summary>
    public required IngestProofMaker IngestProofs { get; init; }

    /// <summary>The keys that sign it.</summary>
    public required ScrollKeys Keys { get; init; }

    /// <summary>Seals every ended hour; its receipts and ROOT are durable when the task completes.</summary>
    public required Func<CancellationToken, Task<IReadOnlyList<SealedHour>>> SealAsync { get; init; }

    /// <summary>Drops what has expired; receipts and ROOT are durable before what they speak of goes.</summary>
    public required Func<CancellationToken, Task<RetentionResult>> ExpireAsync { get; init; }

    /// <summary>What would be dropped now.</summary>
    public required Func<CancellationToken, Task<RetentionResult>> PlanExpiryAsync { get; init; }

    /// <summary>Who scrapes.</summary>
    public required Scraper Scraper { get; init; }

    /// <summary>Reads the configuration file again; says what is wrong with it where it is not taken over.</summary>
    public required Func<Task<string?>> ReloadAsync { get; init; }

    /// <summary>The engine's own metrics to scrape: in OpenMetrics, or the text format 0.0.4.</summary>
    public required Func<bool, string> OwnMetrics { get; init; }

    /// <summary>What queries may cost.</summary>
    public required QueryLimits QueryLimits { get; init; }

    /// <summary>Where the engine listens, by the names that it prints: "otlp-http".</summary>
    public required Func<IEnumerable<(string Name, string Url)>> Addresses { get; init; }

    /// <summary>How the engine is.</summary>
    public required Func<EngineVitals> Vitals { get; init; }
}

/// <summary>How the engine is at a moment.</summary>
/// <param name="Receipts">Number of receipts in the ledger.</param>
/// <param name="OpenHours">Open hours by signal.</param>
/// <param name="HeadBytes">What open hours hold in memory.</param>
/// <param name="HeadBudgetBytes">What they may hold.</param>
/// <param name="Failure">Why the last write to the store failed; null when it did not.</param>
internal sealed record EngineVitals(
    long Receipts, IReadOnlyDictionary<Signal, int> OpenHours, long HeadBytes, long HeadBudgetBytes, string? Failure)
{
    /// <summary>The time in which nothing can be stored, or the last one in which nothing could.</summary>
    public Outage? Outage { get; init; }

    /// <summary>The data folder's file system: free for the engine, and in all.</summary>
    public (long FreeBytes, long TotalBytes) Disk { get; init; }

    /// <summary>What else the disk refused and is tried again, with its words, by name.</summary>
    public IReadOnlyDictionary<string, string> Refused { get; init; } = new Dictionary<string, string>();
}
