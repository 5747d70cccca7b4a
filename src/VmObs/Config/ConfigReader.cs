using VmObs.Scrape.Jobs;
using VmObs.Signals.Wire;
using VmObs.Storage.Embedded;

namespace VmObs.Config;

/// <summary>Reads the configuration file. Every error in it is reported at once.</summary>
internal sealed class ConfigReader(string file, Func<string, string?> environment)
{
    private static readonly string[] Functions = ["avg", "max", "min", "sum", "increase"];

    private static readonly string[] Strategies =
        [.. Enum.GetValues<OtlpTranslation>().Where(static strategy => strategy != OtlpTranslation.AsSent).Select(static strategy => $"{strategy}")];

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static (EngineConfig Config, IReadOnlyList<ConfigError> Errors) ReadFile(string path)
    {
        using var text = File.OpenText(path);
        return new ConfigReader(path, Environment.GetEnvironmentVariable).Read(text);
    }

    /// <summary>Reads a document; the configuration counts only where there are no errors.</summary>
    public (EngineConfig Config, IReadOnlyList<ConfigError> Errors) Read(TextReader text)
    {
        var (config, errors) = new YamlDocument(file, environment).Read(text, ReadRoot);
        return (config ?? new EngineConfig(), errors);
    }

    private static EngineConfig ReadRoot(YamlSection root)
    {
        var defaults = new EngineConfig();
        var global = root.Section("global", ScrapeReader.ReadGlobal, new ScrapeJob { Name = "", Fingerprint = "" });
        var names = new HashSet<string>(StringComparer.Ordinal);
        return new EngineConfig
        {
            Ingest = root.Section("ingest", ReadIngest, defaults.Ingest),
            Otlp = root.Section("otlp", ReadOtlp, defaults.Otlp),
            Metrics = root.Section("metrics", ReadMetrics, defaults.Metrics),
            Traces = root.Section("traces", ReadTraces, defaults.Traces),
            SamplingRules = SamplingReader.Read(root),
            Receipts = root.Section("receipts", ReadReceipts, defaults.Receipts),
            Storage = root.Section("storage", ReadStorage, defaults.Storage),
            Retention = root.Section("retention", RetentionReader.Read, defaults.Retention),
            Scroll = root.Section("scroll", ReadScroll, defaults.Scroll),
            ScrapeJobs = root.Sections("scrape_configs", section => ScrapeReader.ReadJob(section, global, names), []),
            Limits = root.Section("limits", ReadLimits, defaults.Limits),
            HostCollector = root.Section("host_collector", static section => new HostCollectorConfig(section.Flag("enabled", true)), defaults.HostCollector),
            Syslog = root.Section("syslog", SyslogReader.Read, defaults.Syslog),
        };
    }

    private static IngestConfig ReadIngest(YamlSection section) =>
        new()
        {
            NodeAttributes = section.Texts("node_attributes", new IngestConfig().NodeAttributes, atLeast: 1),
            TimeKeys = section.Texts("time_keys", new IngestConfig().TimeKeys, atLeast: 1),
            LevelKeys = section.Texts("level_keys", new IngestConfig().LevelKeys, atLeast: 1),
            MessageKeys = section.Texts("message_keys", new IngestConfig().MessageKeys, atLeast: 1),
            ServiceKeys = section.Texts("service_keys", new IngestConfig().ServiceKeys, atLeast: 1),
            NodeKeys = section.Texts("node_keys", new IngestConfig().NodeKeys, atLeast: 1),
        };

    private static OtlpConfig ReadOtlp(YamlSection section)
    {
        var defaults = new OtlpConfig();
        var strategy = section.Text(
            "translation_strategy", $"{defaults.Translation}", $"one of {string.Join(", ", Strategies)}", Strategies.Contains, Strategies);
        return new OtlpConfig
        {
            Translation = Enum.Parse<OtlpTranslation>(strategy!),
            PromoteResourceAttributes = section.Texts("promote_resource_attributes", defaults.PromoteResourceAttributes, atLeast: 0),
        };
    }

    private static MetricsConfig ReadMetrics(YamlSection section)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        return new MetricsConfig
        {
            Aggregates = section.Sections("aggregates", aggregate => ReadAggregate(aggregate, names), MetricAggregate.Default),
        };
    }

    private static MetricAggregate ReadAggregate(YamlSection section, HashSet<string> names)
    {
        var name = section.Required("name", "a name of its own such as avg_cpu_percent", text => IsReceiptMember(text) && names.Add(text));
        var function = section.Required("function", string.Join(", ", Functions), Functions.Contains, Functions);
        var metric = section.Required("metric", "a metric's name such as cpu_percent", text => text.Length > 0);
        return new MetricAggregate(name, function switch
        {
            "max" => AggregateFunction.Maximum,
            "min" => AggregateFunction.Minimum,
            "sum" => AggregateFunction.Sum,
            "increase" => AggregateFunction.Increase,
            _ => AggregateFunction.Average,
        }, metric);
    }

    private static bool IsReceiptMember(string text) =>
        text.Length is > 0 and <= 128 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    private static TracesConfig ReadTraces(YamlSection section) =>
        new() { Significant = section.Section("significant", ReadSignificance, new SignificanceConfig()) };

    private static SignificanceConfig ReadSignificance(YamlSection section)
    {
        var defaults = new SignificanceConfig();
        return new SignificanceConfig
        {
            SlowerThanNanos = section.Duration("slower_than", defaults.SlowerThanNanos),
            SensitiveServices = section.Texts("sensitive_services", defaults.SensitiveServices, atLeast: 0),
        };
    }

    private static ReceiptsConfig ReadReceipts(YamlSection section)
    {
        var defaults = new ReceiptsConfig();
        return new ReceiptsConfig
        {
            TriggeredBy = section.Texts("triggered_by", defaults.TriggeredBy, atLeast: 0),
            BusinessContext = section.Texts("business_context", defaults.BusinessContext, atLeast: 0),
        };
    }

    // Less than a few blocks would end every query.
    private const long MinQueryBytes = 1024 * 1024;
    private const long MaxQueryNanos = 24L * 3600 * 1_000_000_000;

    private static LimitsConfig ReadLimits(YamlSection section)
    {
        var rate = section.Size("source_rate", 0, atLeast: 1024, word: ("none", 0));
        var defaults = new LimitsConfig();
        var limits = new LimitsConfig
        {
            SourceBytesPerSecond = rate == 0 ? null : rate,
            QueryTimeNanos = section.Duration("query_time", defaults.QueryTimeNanos),
            QueryBytesRead = section.Size("query_bytes_read", defaults.QueryBytesRead, MinQueryBytes),
            QueryBytesHeld = section.Size("query_bytes_held", defaults.QueryBytesHeld, MinQueryBytes),
            ConcurrentQueries = section.Count("concurrent_queries", defaults.ConcurrentQueries),
        };
        if (limits.QueryTimeNanos > MaxQueryNanos)
            section.Report("query_time", "more than a day", "a duration such as 1m, at most 24h");
        if (limits.ConcurrentQueries == 0)
            section.Report("concurrent_queries", "0", "at least 1: an engine that answers nothing is not asked");
        return limits;
    }

    private static StorageConfig ReadStorage(YamlSection section) =>
        new() { MemoryBytes = section.Size("memory", new StorageConfig().MemoryBytes, StorageConfig.MinMemoryBytes) };

    private static ScrollConfig ReadScroll(YamlSection section) =>
        new() { Origin = section.Text("origin", null, "a name without spaces and \"+\", such as example.org/observability", IsOrigin) };

    // C2SP signed-note: a key's name has no "+" and no Unicode spaces.
    private static bool IsOrigin(string text) => text.Length is > 0 and <= 200 && !text.Any(c => c == '+' || char.IsWhiteSpace(c) || char.IsControl(c));
}
