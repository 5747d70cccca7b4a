using VmObs.Config;
using VmObs.Signals.Wire;
using VmObs.Storage.Embedded;

namespace VmObs.Tests.Config;

public sealed class ConfigReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("storage:\n")]
    [InlineData("{}")]
    public void An_empty_file_is_the_defaults(string yaml)
    {
        var (config, errors) = Read(yaml);
        Assert.Empty(errors);
        Assert.Equivalent(new EngineConfig(), config, strict: true);
    }

    [Fact]
    public void Every_key_is_taken()
    {
        var (config, errors) = Read(
            """
            ingest:
              node_attributes: [host.name]
            otlp:
              translation_strategy: NoTranslation
              promote_resource_attributes: [cloud.region]
            metrics:
              aggregates:
                - {name: low_disk, function: min, metric: disk_percent}
                - {name: sum_x, function: sum, metric: x}
            traces:
              significant: {slower_than: 1m30s, sensitive_services: [vault]}
            receipts:
              triggered_by: [who]
              business_context: []
            storage:
              memory: 2GiB
            retention:
              metrics: 90d
              logs: {trace: 1d, standard: 2d, error: forever}
              traces: {ok: 3d, error: 4w}
              max_size: 100GB
              journal: {keep_for: 2h, max_size: 1GiB}
            limits:
              query_time: 5s
              query_bytes_read: 1GiB
              query_bytes_held: 10MiB
              concurrent_queries: 3
            scroll:
              origin: example.org/obs
            """);
        Assert.Empty(errors);
        Assert.Equal((5_000_000_000, 1L << 30, 10L << 20, 3), (config.Limits.QueryTimeNanos, config.Limits.QueryBytesRead, config.Limits.QueryBytesHeld, config.Limits.ConcurrentQueries));
        Assert.Equal(["host.name"], config.Ingest.NodeAttributes);
        Assert.Equal((OtlpTranslation.NoTranslation, "cloud.region"), (config.Otlp.Translation, Assert.Single(config.Otlp.PromoteResourceAttributes)));
        Assert.Equal([new("low_disk", AggregateFunction.Minimum, "disk_percent"), new("sum_x", AggregateFunction.Sum, "x")], config.Metrics.Aggregates);
        Assert.Equal(90_000_000_000, config.Traces.Significant.SlowerThanNanos);
        Assert.Equal(["vault"], config.Traces.Significant.SensitiveServices);
        Assert.Equal(["who"], config.Receipts.TriggeredBy);
        Assert.Empty(config.Receipts.BusinessContext);
        Assert.Equal(2L << 30, config.Storage.MemoryBytes);
        const long Day = 86_400_000_000_000;
        Assert.Equal(
            new RetentionPolicy
            {
                MetricsNanos = 90 * Day, LogsTraceNanos = Day, LogsStandardNanos = 2 * Day, LogsErrorNanos = RetentionPolicy.Forever,
                TracesOkNanos = 3 * Day, TracesErrorNanos = 28 * Day, MaxBytes = 100_000_000_000, JournalKeepNanos = Day / 12, JournalMaxBytes = 1L << 30,
            },
            config.Retention);
        Assert.Equal(config.Retention, config.ToStoreOptions("/data").Retention);
        Assert.Equal("example.org/obs", config.Scroll.Origin);
    }

    [Fact]
    public void Sampling_rules_are_taken_in_order_and_none_keep_everything()
    {
        var rules = Read("sampling_rules:\n  - {name: a, condition: \"service == '$x'\", rate: 0.25}\n  - {name: b.c-d_1, condition: true, rate: 0}\n").Config.SamplingRules;
        Assert.Equal([("a", "service == '$x'", 0.25), ("b.c-d_1", "true", 0)], rules.Select(rule => (rule.Name, rule.Condition, rule.Rate)));
        Assert.Empty(Read("sampling_rules: []").Config.SamplingRules);
        Assert.Equal(["always_sample_errors", "always_sample_slow", "always_sample_sensitive", "default_traces"], Read("").Config.SamplingRules.Select(rule => rule.Name));
    }

    [Theory]
    [InlineData("{name: a, condition: 'true', rate: 1.5}", "sampling_rules[1].rate: got \"1.5\", want the share that is kept, 0 to 1")]
    [InlineData("{name: a, condition: 'true'}", "sampling_rules[1].rate: got nothing, want the share that is kept, 0 to 1")]
    [InlineData("{name: first, condition: 'true', rate: 1}", "sampling_rules[1].name: got \"first\", want a name of its own such as default_traces, at most 64 letters, digits, _ . -")]
    [InlineData("{name: 'a b', condition: 'true', rate: 1}", "sampling_rules[1].name: got \"a b\", want a name of its own such as default_traces, at most 64 letters, digits, _ . -")]
    [InlineData("{name: a, condition: 'status is ok', rate: 1}", "sampling_rules[1].condition: got \"status is ok\", want a condition (docs/ask/filters.md): column 8")]
    public void A_sampling_rule_that_cannot_be_used_says_why(string rule, string want) =>
        Assert.Contains(want, Assert.Single(Read($"sampling_rules:\n  - {{name: first, condition: 'true', rate: 1}}\n  - {rule}\n").Errors).ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("retention: {max_size: none}", RetentionPolicy.Unbounded)]
    [InlineData("retention: {max_size: 1GiB}", 1L << 30)]
    [InlineData("retention: {metrics: 1d}", null)]
    public void A_size_that_is_not_given_is_left_to_the_disk(string yaml, long? want) => Assert.Equal(want, Read(yaml).Config.Retention.MaxBytes);

    [Fact]
    public void The_store_gets_what_was_configured()
    {
        var (config, _) = Read("receipts: {triggered_by: [a, b], business_context: [b, c]}\nstorage: {memory: 1GiB}\ningest: {node_attributes: [n]}\notlp: {promote_resource_attributes: [r]}");
        var options = config.ToStoreOptions("/data");
        Assert.Equal(["a", "b", "c"], options.Significance.ReceiptAttributes);
        Assert.Equal(256L << 20, options.HeadBudgetBytes);
        Assert.Equal(["n"], options.Rules.NodeAttributes);
        Assert.Equal(OtlpTranslation.UnderscoreEscapingWithSuffixes, options.Rules.OtlpTranslation);
        Assert.Equal(["r"], options.Rules.PromoteResourceAttributes);
    }

    [Fact]
    public void All_errors_come_at_once_with_their_places()
    {
        var (_, errors) = Read(
            """
            storage:
              memry: 512MiB
              memory: 1KiB
            traces:
              significant:
                slower_than: 5 sec
            metrics:
              aggregates:
                - {name: x, function: average, metric: cpu}
                - {name: x, function: max}
            stroage: 1
            """);
        Assert.Equal(
            [
                "f.yaml:2:3: storage.memry: got an unknown key, want one of memory; did you mean memory?",
                "f.yaml:3:11: storage.memory: got \"1KiB\", want a size such as 512MiB or 2GiB, at least 256MiB",
                "f.yaml:6:18: traces.significant.slower_than: got \"5 sec\", want a duration such as 30s, 15m, 1h30m, 24h, 7d or 2w; did you mean 5s?",
                "f.yaml:9:27: metrics.aggregates[0].function: got \"average\", want avg, max, min, sum, increase",
                "f.yaml:10:7: metrics.aggregates[1].metric: got nothing, want a metric's name such as cpu_percent",
                "f.yaml:10:14: metrics.aggregates[1].name: got \"x\", want a name of its own such as avg_cpu_percent",
                "f.yaml:11:1: stroage: got an unknown key, want one of global, ingest, otlp, metrics, traces, sampling_rules, receipts, storage, retention, scroll, scrape_configs, limits, host_collector, syslog; did you mean storage?",
            ],
            errors.Select(error => error.ToString()));
    }

    [Theory]
    [InlineData("- a", "f.yaml:1:1: got a list, want keys such as \"storage:\"")]
    [InlineData("x", "f.yaml:1:1: got \"x\", want keys such as \"storage:\"")]
    [InlineData("a: 1\n---\nb: 2", "f.yaml:3:1: got 2 documents, want one document")]
    [InlineData("storage: 7", "f.yaml:1:10: storage: got \"7\", want keys below it")]
    [InlineData("storage: {memory: [1]}", "f.yaml:1:19: storage.memory: got a list, want one value")]
    [InlineData("ingest: {node_attributes: []}", "f.yaml:1:27: ingest.node_attributes: got an empty list, want at least 1")]
    [InlineData("ingest: {node_attributes: [a, a]}", "f.yaml:1:31: ingest.node_attributes[1]: got \"a\", want a name that stands once")]
    [InlineData("otlp: {translation_strategy: AsSent}", "f.yaml:1:30: otlp.translation_strategy: got \"AsSent\", want one of UnderscoreEscapingWithSuffixes, UnderscoreEscapingWithoutSuffixes, NoUTF8EscapingWithSuffixes, NoTranslation")]
    [InlineData("retention: {max_size: 5}", "f.yaml:1:23: retention.max_size: got \"5\", want a size such as 512MiB or 2GiB, at least 1MiB, or none")]
    [InlineData("retention: {logs: {eror: 5d}}", "f.yaml:1:20: retention.logs.eror: got an unknown key, want one of trace, standard, error; did you mean error?")]
    [InlineData("retention: {traces: {ok: never}}", "f.yaml:1:26: retention.traces.ok: got \"never\", want a duration such as 30s, 15m, 1h30m, 24h, 7d or 2w, or forever")]
    [InlineData("scroll: {origin: a b}", "f.yaml:1:18: scroll.origin: got \"a b\", want a name without spaces")]
    [InlineData("scroll: {origin: '${MISSING}'}", "f.yaml:1:18: scroll.origin: got ${MISSING}, which is not set")]
    [InlineData("scroll: {origin: '${ORIGIN'}", "want a \"}\" after \"${\"")]
    public void A_wrong_document_is_reported(string yaml, string want) =>
        Assert.Contains(want, string.Join('\n', Read(yaml).Errors), StringComparison.Ordinal);

    [Theory]
    [InlineData("storage: {\n")]
    [InlineData("storage: {}\nstorage: {}\n")]
    public void What_is_not_YAML_is_reported_with_its_place(string yaml)
    {
        var error = Assert.Single(Read(yaml).Errors);
        Assert.StartsWith("f.yaml:2:", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("${ORIGIN}", "example.org")]
    [InlineData("${ORIGIN}/obs", "example.org/obs")]
    [InlineData("${MISSING:-fallback}", "fallback")]
    [InlineData("${EMPTY:-fallback}", "fallback")]
    [InlineData("a$$b", "a$b")]
    [InlineData("a$b", "a$b")]
    [InlineData("$${ORIGIN}", "${ORIGIN}")]
    public void Environment_variables_are_put_in(string value, string want)
    {
        var (config, errors) = Read($"scroll: {{origin: '{value}'}}");
        Assert.Empty(errors);
        Assert.Equal(want, config.Scroll.Origin);
    }

    [Fact]
    public void The_documented_file_is_the_defaults()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "vm-obs.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new FileNotFoundException("vm-obs.slnx above the tests");
        var page = File.ReadAllText(Path.Combine(folder, "docs", "configuration.md"));
        var (config, errors) = Read(page.Split("```yaml\n")[1].Split("```")[0]);
        Assert.Empty(errors);
        Assert.Equivalent(new EngineConfig(), config, strict: true);
    }

    private static (EngineConfig Config, IReadOnlyList<ConfigError> Errors) Read(string yaml) =>
        new ConfigReader("f.yaml", name => name switch { "ORIGIN" => "example.org", "EMPTY" => "", _ => null }).Read(new StringReader(yaml));
}
