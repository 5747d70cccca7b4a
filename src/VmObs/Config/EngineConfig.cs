using VmObs.Scrape.Jobs;
using VmObs.Signals.Wire;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Sampling;

namespace VmObs.Config;

/// <summary>What the configuration file says; without a file the defaults stand. docs/configuration.md has every key.</summary>
internal sealed record EngineConfig
{
    public IngestConfig Ingest { get; init; } = new();

    public OtlpConfig Otlp { get; init; } = new();

    public MetricsConfig Metrics { get; init; } = new();

    public TracesConfig Traces { get; init; } = new();

    /// <summary>Which traces are kept when they are decided.</summary>
    public IReadOnlyList<SamplingRule> SamplingRules { get; init; } = SamplingReader.Default;

    public ReceiptsConfig Receipts { get; init; } = new();

    public StorageConfig Storage { get; init; } = new();

    public RetentionPolicy Retention { get; init; } = new();

    public ScrollConfig Scroll { get; init; } = new();

    /// <summary>What one sender may ask of the engine.</summary>
    public LimitsConfig Limits { get; init; } = new();

    /// <summary>Whether the engine watches its host.</summary>
    public HostCollectorConfig HostCollector { get; init; } = new(Enabled: true);

    /// <summary>What is scraped.</summary>
    public IReadOnlyList<ScrapeJob> ScrapeJobs { get; init; } = [];

    public SyslogConfig Syslog { get; init; } = new();

    /// <summary>What the store needs to know of it.</summary>
    public StoreOptions ToStoreOptions(string dataFolder) => new(dataFolder)
    {
        Rules = new IngestRules
        {
            NodeAttributes = Ingest.NodeAttributes,
            TimeKeys = Ingest.TimeKeys,
            LevelKeys = Ingest.LevelKeys,
            MessageKeys = Ingest.MessageKeys,
            ServiceKeys = Ingest.ServiceKeys,
            NodeKeys = Ingest.NodeKeys,
            SyslogTimeZone = Syslog.TimeZone,
            OtlpTranslation = Otlp.Translation,
            PromoteResourceAttributes = Otlp.PromoteResourceAttributes,
        },
        HeadBudgetBytes = Storage.HeadBudgetBytes,
        Aggregates = Metrics.Aggregates,
        Retention = Retention,
        Significance = new TraceSignificance
        {
            SlowerThanNanos = Traces.Significant.SlowerThanNanos,
            SensitiveServices = Traces.Significant.SensitiveServices,
            ReceiptAttributes = [.. Receipts.TriggeredBy.Union(Receipts.BusinessContext)],
        },
    };
}

/// <summary>How requests are read.</summary>
internal sealed record IngestConfig
{
    /// <summary>Resource attributes that name the node, the first one present wins.</summary>
    public IReadOnlyList<string> NodeAttributes { get; init; } = new IngestRules().NodeAttributes;

    /// <summary>Members of a JSON log record that hold its time, level, message, service and node; of each the first that can be read wins.</summary>
    public IReadOnlyList<string> TimeKeys { get; init; } = new IngestRules().TimeKeys;

    public IReadOnlyList<string> LevelKeys { get; init; } = new IngestRules().LevelKeys;

    public IReadOnlyList<string> MessageKeys { get; init; } = new IngestRules().MessageKeys;

    public IReadOnlyList<string> ServiceKeys { get; init; } = new IngestRules().ServiceKeys;

    public IReadOnlyList<string> NodeKeys { get; init; } = new IngestRules().NodeKeys;
}

/// <summary>How OTLP metrics become series.</summary>
internal sealed record OtlpConfig
{
    /// <summary>How metrics and attributes are named.</summary>
    public OtlpTranslation Translation { get; init; } = OtlpTranslation.UnderscoreEscapingWithSuffixes;

    /// <summary>Resource attributes that become labels of each series, beside service, node, job and instance.</summary>
    public IReadOnlyList<string> PromoteResourceAttributes { get; init; } = [];
}

/// <summary>What metric hours are sealed with.</summary>
internal sealed record MetricsConfig
{
    public IReadOnlyList<MetricAggregate> Aggregates { get; init; } = MetricAggregate.Default;
}

/// <summary>How traces are treated.</summary>
internal sealed record TracesConfig
{
    public SignificanceConfig Significant { get; init; } = new();
}

/// <summary>Which traces get a receipt of their own.</summary>
internal sealed record SignificanceConfig
{
    public long SlowerThanNanos { get; init; } = new TraceSignificance().SlowerThanNanos;

    public IReadOnlyList<string> SensitiveServices { get; init; } = new TraceSignificance().SensitiveServices;
}

/// <summary>What receipts take from spans.</summary>
internal sealed record ReceiptsConfig
{
    /// <summary>Span attributes that name who started a trace, the first one present wins.</summary>
    public IReadOnlyList<string> TriggeredBy { get; init; } = ["vm.user", "enduser.id", "user.id"];

    /// <summary>Span attributes that stand in business_context.</summary>
    public IReadOnlyList<string> BusinessContext { get; init; } = ["settlement_id", "amount"];
}

/// <summary>How data is kept.</summary>
internal sealed record StorageConfig
{
    // The rest goes to the program itself, to requests on their way, to queries and to what the collector has not got to yet.
    private const int HeadShare = 4;

    /// <summary>Memory that the engine may use, bytes. A quarter of the machine's, or of what a container allows.</summary>
    public long MemoryBytes { get; init; } = Math.Max(MinMemoryBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);

    /// <summary>An engine with less could not take the largest request, bytes.</summary>
    public const long MinMemoryBytes = 256L * 1024 * 1024;

    /// <summary>Bytes of it for open hours; more would only make the runs on disk longer.</summary>
    public long HeadBudgetBytes => Math.Min(MemoryBytes / HeadShare, 384L * 1024 * 1024);

    /// <summary>Bytes of it for the bodies of requests on their way.</summary>
    public long InFlightBytes => Math.Min(MemoryBytes / HeadShare, 256L * 1024 * 1024);
}

/// <summary>Who the ledger says it is.</summary>
internal sealed record ScrollConfig
{
    /// <summary>The checkpoint's origin; null: one with the key's hash in it.</summary>
    public string? Origin { get; init; }
}
