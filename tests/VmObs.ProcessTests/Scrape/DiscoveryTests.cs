using System.Text.Json;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Scrape;

/// <summary>Targets come and go while the engine runs, and nothing but what says so changes.</summary>
public sealed class DiscoveryTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly TargetLister _server = new();
    private readonly HttpClient _http = new();
    private EngineProcess? _engine;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        await _server.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Targets_of_a_file_come_and_go_with_it()
    {
        var file = Path.Combine(_folder.Path, "web.json");
        await File.WriteAllTextAsync(file, List("one"), TestContext.Current.CancellationToken);
        // The path is meant from the configuration's folder.
        await StartAsync("file_sd_configs: [{files: ['web*.json']}]");
        await UpAsync("one");
        await File.WriteAllTextAsync(file, List("one", "two"), TestContext.Current.CancellationToken);
        await UpAsync("one", "two");
        var target = (await ListedAsync("--state", "up"))[0];
        Assert.Equal(file, target.GetProperty("discoveredLabels").GetProperty("__meta_filepath").GetString());
        await File.WriteAllTextAsync(file, "[{", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync("a line about the bad file", s_patience, () => _engine!.Output.Contains("the targets that the file had stay", StringComparison.Ordinal));
        await UpAsync("one", "two");
        await File.WriteAllTextAsync(file, List("two"), TestContext.Current.CancellationToken);
        await UpAsync("two");
        await EndedAsync("one");
        Assert.DoesNotContain("\"NaN\"", await UpValuesAsync("two"));
    }

    [Fact]
    public async Task Targets_of_a_server_come_and_go_with_its_answers()
    {
        _server.Targets = List("one", "two", "hidden");
        await StartAsync($"http_sd_configs: [{{url: 'http://{_server.Address}/targets', refresh_interval: 1s}}]\n    relabel_configs: [{{source_labels: [n], regex: hidden, action: drop}}]");
        await UpAsync("one", "two");
        var dropped = Assert.Single(await ListedAsync("--state", "dropped"));
        Assert.Equal("hidden", dropped.GetProperty("discoveredLabels").GetProperty("n").GetString());
        Assert.Equal($"http://{_server.Address}/targets", dropped.GetProperty("discoveredLabels").GetProperty("__meta_url").GetString());
        _server.Targets = null;
        await Eventually.TrueAsync("a line about the failing server", s_patience, () => _engine!.Output.Contains("http_sd: ", StringComparison.Ordinal));
        await UpAsync("one", "two");
        _server.Targets = List("one");
        await UpAsync("one");
        await EndedAsync("two");
        Assert.DoesNotContain("\"NaN\"", await UpValuesAsync("one"));
        var table = (await ProgramRun.OfVmObsAsync(_engine!.Url, "targets", "--job", "web")).Succeeded(_engine.Output).Output;
        Assert.Contains($"http://{_server.Address}/metrics", table, StringComparison.Ordinal);
        Assert.Contains("n=one", table, StringComparison.Ordinal);
        Assert.Equal("", (await ProgramRun.OfVmObsAsync(_engine.Url, "targets", "--job", "web", "--state", "down")).Succeeded(_engine.Output).Output);
    }

    private async Task StartAsync(string sources)
    {
        var config = Path.Combine(_folder.Path, "vm-obs.yaml");
        await File.WriteAllTextAsync(config, $"global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n  - job_name: web\n    {sources}\n", TestContext.Current.CancellationToken);
        _engine = await EngineProcess.StartAsync(Path.Combine(_folder.Path, "data"), config: config);
    }

    /// <summary>A target a name, all at the server.</summary>
    private string List(params string[] names) =>
        $"[{string.Join(',', names.Select(name => $$"""{"targets": ["{{_server.Address}}"], "labels": {"n": "{{name}}"} }"""))}]";

    /// <summary>Returns once these targets, and no others, are scraped and up.</summary>
    private async Task UpAsync(params string[] names) => await Eventually.GetAsync($"targets {string.Join(", ", names)}", s_patience, async () =>
    {
        var scraped = JsonElement.Parse(await _http.GetStringAsync(new Uri(_engine!.Url, "/api/v1/targets?state=active"))).GetProperty("data").GetProperty("activeTargets").EnumerateArray().ToList();
        return scraped.All(static target => target.GetProperty("health").GetString() == "up")
            && scraped.Select(static target => target.GetProperty("labels").GetProperty("n").GetString()).Order().SequenceEqual(names) ? "up" : null;
    });

    private async Task EndedAsync(string name) => await Eventually.GetAsync($"the end of {name}", s_patience, async () =>
        await UpValuesAsync(name) is [.., "\"NaN\""] ? "ended" : null);

    private async Task<IReadOnlyList<JsonElement>> ListedAsync(params string[] arguments) =>
        (await ProgramRun.OfVmObsAsync(_engine!.Url, ["targets", "--output", "json", .. arguments])).Succeeded(_engine.Output).JsonLines();

    /// <summary>NaN is the staleness marker, as which JSON has it.</summary>
    private async Task<IReadOnlyList<string>> UpValuesAsync(string name) =>
        [.. (await _http.GetStringAsync(new Uri(_engine!.Url, $"/obs/metrics?metric=up&label=n={name}&last=1h"))).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static sample => JsonElement.Parse(sample).GetProperty("value").GetRawText())];
}
