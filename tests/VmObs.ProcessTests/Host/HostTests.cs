using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Host;

/// <summary>What an engine has to show without any agent: its host, and itself.</summary>
public sealed class HostTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_machine_without_agents_has_something_to_see()
    {
        using var folder = new TemporaryFolder();
        await using var engine = await StartAsync(folder, "{}");
        foreach (var metric in new[] { "cpu_percent", "memory_percent", "disk_percent", "network_rx_bytes", "network_tx_bytes", "open_file_descriptors" })
        {
            var sample = await Eventually.GetAsync(metric, s_limit, async () => (await AskAsync(engine, "--metric", metric, "--category", "system")).JsonLines() is [.., var last] ? last.ToString() : null);
            Assert.Contains("\"service\":\"host\",\"category\":\"system\"", sample, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_engine_s_own_page_can_be_scraped_by_itself()
    {
        using var folder = new TemporaryFolder();
        await using var engine = await StartAsync(folder, "{}");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "config.yaml"), $$"""
            scrape_configs:
            - job_name: itself
              scrape_interval: 1s
              static_configs: [{targets: ['{{engine.Url.Authority}}']}]
            """, TestContext.Current.CancellationToken);
        (await ProgramRun.OfAsync("curl", ["-sSf", "-X", "POST", new Uri(engine.Url, "/-/reload").ToString()])).Succeeded();
        await Eventually.GetAsync("up", s_limit, async () => (await AskAsync(engine, "--metric", "up", "--label", "job=itself")).JsonLines() is [.., var last] && last.GetProperty("value").GetDouble() == 1 ? last.ToString() : null);
        var taken = await Eventually.GetAsync("its own counter", s_limit, async () =>
            (await AskAsync(engine, "--metric", "vmobs_ingest_records_total", "--label", "job=itself", "--label", "signal=metrics")).JsonLines() is [.., var last] && last.GetProperty("value").GetDouble() > 0 ? last.ToString() : null);
        Assert.Contains("\"kind\":\"counter\"", taken, StringComparison.Ordinal);
    }

    private static async Task<EngineProcess> StartAsync(TemporaryFolder folder, string config)
    {
        var file = Path.Combine(folder.Path, "config.yaml");
        await File.WriteAllTextAsync(file, config, TestContext.Current.CancellationToken);
        return await EngineProcess.StartAsync(Path.Combine(folder.Path, "data"), config: file);
    }

    private static async Task<ProgramRun> AskAsync(EngineProcess engine, params string[] arguments) =>
        (await ProgramRun.OfVmObsAsync(engine.Url, ["metrics", "query", "--last", "1h", .. arguments, "--output", "json"])).Succeeded();
}
