using VmObs.ProcessTests.House;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Metrics;

/// <summary>What people do with metrics, against the real binary; what it exports is taken by Prometheus's own tool.</summary>
public sealed class ExportTests(SealedHouse house) : IClassFixture<SealedHouse>
{
    [Fact]
    public async Task Promtool_makes_blocks_of_an_export_and_has_every_sample()
    {
        var promtool = Tool.Path("promtool", "prometheus");
        using var folder = new TemporaryFolder();
        var text = (await AskAsync("metrics", "export", "--from", "2025-12-01", "--to", "2025-12-07", "--format", "prometheus")).Output;
        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
        var file = folder.File("metrics.om", System.Text.Encoding.UTF8.GetBytes(text));
        var blocks = Path.Combine(folder.Path, "blocks");
        (await ProgramRun.OfAsync(promtool, ["tsdb", "create-blocks-from", "openmetrics", file, blocks])).Succeeded(text[..Math.Min(text.Length, 2000)]);
        // The tool reads a running Prometheus's folder, which has a log beside its blocks.
        Directory.CreateDirectory(Path.Combine(blocks, "wal"));
        // {__name__="cpu_percent", node="brick-01", …} 23.5 1765026000000
        var dumped = (await ProgramRun.OfAsync(promtool, ["tsdb", "dump", blocks])).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var samples = (await AskAsync("metrics", "query", "--from", "2025-12-01", "--to", "2025-12-07", "--output", "json")).JsonLines();
        Assert.NotEmpty(samples);
        // Prometheus keeps one sample a millisecond of a series.
        var distinct = samples.Select(static sample => (sample.GetProperty("metric").GetString(), sample.GetProperty("labels").ToString(), DateTimeOffset.Parse(sample.GetProperty("timestamp").GetString()!, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds())).Distinct().Count();
        Assert.Equal(distinct, dumped.Length);
        Assert.Contains(dumped, static line => line.StartsWith("{__name__=\"cpu_percent\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_specification_asks_of_metrics_works_as_it_stands()
    {
        var list = (await AskAsync("metrics", "list", "--node", "brick-01", "--from", "2025-12-06", "--to", "2025-12-07")).Output;
        Assert.Contains("cpu_percent", list, StringComparison.Ordinal);
        var query = (await AskAsync("metrics", "query", "--node", "brick-01", "--metric", "cpu_percent", "--from", "2025-12-06", "--to", "2025-12-07")).Output;
        Assert.StartsWith("METRIC", query, StringComparison.Ordinal);
        Assert.Contains("brick-01", query, StringComparison.Ordinal);
        foreach (var format in new[] { "json", "csv" })
            Assert.Contains("cpu_percent", (await AskAsync("metrics", "export", "--from", "2025-12-01", "--to", "2025-12-07", "--format", format)).Output, StringComparison.Ordinal);
        Assert.Contains("metric  ", (await AskAsync("metrics", "list", "--cardinality", "--from", "2025-12-06", "--to", "2025-12-07")).Output, StringComparison.Ordinal);
    }

    private async Task<ProgramRun> AskAsync(params string[] arguments) => (await ProgramRun.OfVmObsAsync(house.Engine.Url, arguments)).Succeeded();
}
