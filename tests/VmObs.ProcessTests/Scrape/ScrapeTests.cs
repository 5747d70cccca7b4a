using System.Text.Json;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Scrape;

/// <summary>The engine scrapes real exporters; what they served is counted in its answers.</summary>
public sealed class ScrapeTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private EngineProcess? _engine;

    private string ConfigFile => Path.Combine(_folder.Path, "vm-obs.yaml");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_sample_of_node_exporter_and_of_a_probe_is_stored()
    {
        await using var node = await PeerProcess.StartAsync("prometheus-node-exporter");
        var modules = Path.Combine(_folder.Path, "blackbox.yml");
        await File.WriteAllTextAsync(modules, "modules: {http_2xx: {prober: http}}\n", TestContext.Current.CancellationToken);
        await using var blackbox = await PeerProcess.StartAsync("prometheus-blackbox-exporter", $"--config.file={modules}");
        await StartAsync(
            $$"""
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs:
              - job_name: node
                static_configs: [{targets: ["{{node.Address}}"]}]
              - job_name: probe
                metrics_path: /probe
                params: {module: [http_2xx]}
                static_configs: [{targets: ["http://{{node.Address}}/metrics"]}]
                relabel_configs:
                  - {source_labels: [__address__], target_label: __param_target}
                  - {source_labels: [__param_target], target_label: instance}
                  - {target_label: __address__, replacement: "{{blackbox.Address}}"}
            """);
        await ScrapedAsync(2);
        foreach (var job in (string[])["node", "probe"])
        {
            var samples = await SamplesAsync(job);
            var scrapes = samples.Where(static sample => Name(sample) == "scrape_samples_post_metric_relabeling").ToList();
            Assert.NotEmpty(scrapes);
            foreach (var scrape in scrapes)
            {
                var stored = samples.Count(sample => Text(sample, "timestamp") == Text(scrape, "timestamp") && Name(sample) != "up" && !Name(sample).StartsWith("scrape_", StringComparison.Ordinal));
                Assert.Equal(scrape.GetProperty("value").GetInt32(), stored);
            }
            // On a machine that is busy a scrape may take longer than its second.
            Assert.Contains(samples, static sample => Name(sample) == "up" && sample.GetProperty("value").GetInt32() == 1);
        }
        Assert.Contains(await SamplesAsync("node"), static sample => Name(sample) == "node_cpu_seconds_total" && Text(sample, "kind") == "counter");
        Assert.Contains(await SamplesAsync("probe"), static sample => Name(sample) == "probe_success" && sample.GetProperty("value").GetInt32() == 1);
    }

    [Fact]
    public async Task Protobuf_brings_the_series_that_the_text_does()
    {
        await using var node = await PeerProcess.StartAsync("prometheus-node-exporter");
        await StartAsync(
            $$"""
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs:
              - {job_name: text, static_configs: [{targets: ["{{node.Address}}"]}]}
              - {job_name: proto, scrape_protocols: [PrometheusProto], static_configs: [{targets: ["{{node.Address}}"]}]}
            """);
        await ScrapedAsync(2);
        var text = await SeriesAsync("text");
        Assert.True(text.Count > 200, $"got {text.Count} series");
        // The exporter counts its own answers by format, and what the machine has may change between two scrapes: of families, none may be missing.
        Assert.Equal(text.Select(static series => series.Split('{')[0]).Distinct().Order(), (await SeriesAsync("proto")).Select(static series => series.Split('{')[0]).Distinct().Order());
        Assert.Contains(await SeriesAsync("proto"), static series => series.StartsWith("go_gc_duration_seconds{quantile=0.25} ", StringComparison.Ordinal));
        Assert.Subset(text.ToHashSet(), (await SeriesAsync("proto")).Where(static series => series.StartsWith("node_cpu_seconds_total{", StringComparison.Ordinal)).ToHashSet());
    }

    [Fact]
    public async Task Prometheus_is_federated_with_the_labels_that_its_series_have()
    {
        await using var node = await PeerProcess.StartAsync("prometheus-node-exporter");
        var config = Path.Combine(_folder.Path, "prometheus.yml");
        await File.WriteAllTextAsync(
            config, $$"""{global: {scrape_interval: 500ms, scrape_timeout: 500ms}, scrape_configs: [{job_name: below, static_configs: [{targets: ["{{node.Address}}"]}]}]}""", TestContext.Current.CancellationToken);
        await using var prometheus = await PeerProcess.StartAsync("prometheus", $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(_folder.Path, "tsdb")}");
        await StartAsync(
            $$"""
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs:
              - job_name: federate
                honor_labels: true
                metrics_path: /federate
                params: {"match[]": ['{job="below"}']}
                static_configs: [{targets: ["{{prometheus.Address}}"]}]
            """);
        var samples = await Eventually.GetAsync("series of the job below", s_patience, async () => await SamplesAsync("below") is { Count: > 200 } found ? found : null);
        Assert.All(samples, sample => Assert.Equal(node.Address, Text(sample.GetProperty("labels"), "instance")));
        Assert.Contains(samples, static sample => Name(sample) == "node_load1");
    }

    [Fact]
    public async Task Reload_begins_and_ends_targets_and_leaves_the_others_alone()
    {
        await using var first = await PeerProcess.StartAsync("prometheus-node-exporter");
        await using var second = await PeerProcess.StartAsync("prometheus-node-exporter");
        const string Head = "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n";
        var one = $"  - {{job_name: one, static_configs: [{{targets: [\"{first.Address}\"]}}]}}\n";
        var two = $"  - {{job_name: two, static_configs: [{{targets: [\"{second.Address}\"]}}]}}\n";
        await StartAsync(Head + one);
        await ScrapedAsync(1);

        await File.WriteAllTextAsync(ConfigFile, Head + one + two, TestContext.Current.CancellationToken);
        (await ProgramRun.OfAsync("kill", ["-HUP", $"{_engine!.ProcessId}"])).Succeeded();
        await ScrapedAsync(2);

        await File.WriteAllTextAsync(ConfigFile, Head + one + "  - {job_nam: three}\n", TestContext.Current.CancellationToken);
        using (var refused = await _http.PostAsync(new Uri(_engine.Url, "/-/reload"), null, TestContext.Current.CancellationToken))
        {
            Assert.Equal(400, (int)refused.StatusCode);
            Assert.Contains("did you mean job_name?", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        Assert.Equal(2, (await TargetsAsync()).Count);

        await File.WriteAllTextAsync(ConfigFile, Head + one, TestContext.Current.CancellationToken);
        using (var taken = await _http.PostAsync(new Uri(_engine.Url, "/-/reload"), null, TestContext.Current.CancellationToken))
            Assert.Equal(200, (int)taken.StatusCode);
        Assert.Equal(["one"], (await TargetsAsync()).Select(static target => Text(target, "scrapePool")));
        // NaN is the staleness marker, as which JSON has it.
        var ended = (await SamplesAsync("two")).Where(static sample => Name(sample) == "up").MaxBy(static sample => Text(sample, "timestamp"), StringComparer.Ordinal);
        Assert.Equal("\"NaN\"", ended.GetProperty("value").GetRawText());
        Assert.DoesNotContain(await SamplesAsync("one"), static sample => Name(sample) == "up" && sample.GetProperty("value").GetRawText() == "\"NaN\"");
    }

    private async Task StartAsync(string config)
    {
        await File.WriteAllTextAsync(ConfigFile, config, TestContext.Current.CancellationToken);
        _engine = await EngineProcess.StartAsync(Path.Combine(_folder.Path, "data"), config: ConfigFile);
    }

    /// <summary>Returns once so many targets are up.</summary>
    private async Task ScrapedAsync(int targets) => await Eventually.GetAsync($"{targets} targets up", s_patience, async () =>
        (await TargetsAsync()).Count(static target => Text(target, "health") == "up") == targets ? "up" : null);

    private async Task<IReadOnlyList<JsonElement>> TargetsAsync() =>
        [.. JsonElement.Parse(await _http.GetStringAsync(new Uri(_engine!.Url, "/obs/targets"))).GetProperty("data").GetProperty("activeTargets").EnumerateArray()];

    /// <summary>A job's series with their own labels and their kind.</summary>
    private async Task<IReadOnlyList<string>> SeriesAsync(string job) =>
    [
        .. (await SamplesAsync(job)).Select(static sample =>
            $"{Name(sample)}{{{string.Join(',', sample.GetProperty("labels").EnumerateObject().Where(static label => label.Name is not ("job" or "instance" or "service" or "node")).Select(static label => $"{label.Name}={label.Value}"))}}} {Text(sample, "kind")}").Distinct(),
    ];

    private async Task<IReadOnlyList<JsonElement>> SamplesAsync(string job) =>
        (await ProgramRun.OfVmObsAsync(_engine!.Url, "metrics", "query", "--label", $"job={job}", "--last", "1h", "--limit", "100000", "--output", "json")).Succeeded(_engine.Output).JsonLines();

    private static string Name(JsonElement sample) => Text(sample, "metric");

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
