using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Demo;

/// <summary>What a new user does first.</summary>
public sealed class DemoTests(RunningDemo demo) : IClassFixture<RunningDemo>
{
    /// <summary>SPEC 4's story, but for its alert, which nobody asked the demo to watch for.</summary>
    private static readonly string[] s_story =
    [
        "# Timeline around 2025-12-06T14:35:00Z (±15m):",
        "14:20:00 [metric] brick-02 cpu_percent starts rising",
        "14:25:00 [log] guardian: \"anchor queue depth increasing\"",
        "14:30:00 [trace] trace-abc123 completed (",
        "14:32:00 [metric] brick-02 cpu_percent crosses 80%",
        "14:40:00 [log] guardian: \"processing backlog\"",
        "14:45:00 [metric] brick-01 treasury.receipts_per_minute low",
        "14:50:00 [log] guardian: \"backlog cleared\"",
    ];

    /// <summary>Command lines as the SPEC has them (3.1, 4), and words of a sensible answer.</summary>
    public static TheoryData<string, string[]> SpecLines => new()
    {
        { "vm-obs metrics query --node brick-01 --metric cpu_percent --last 1h", ["cpu_percent", "brick-01", "guardian"] },
        { "vm-obs metrics list --node brick-01", ["cpu_percent", "treasury.receipts_per_minute"] },
        { "vm-obs metrics export --from 2025-12-01 --to 2025-12-06 --format prometheus", ["cpu_percent{", "brick-02"] },
        { "vm-obs logs query --service guardian --level error --last 24h", ["error", "guardian", "anchor failed"] },
        { "vm-obs logs search \"anchor failed\" --from 2025-12-01", ["anchor failed: bitcoin backend did not answer within 8 s"] },
        { "vm-obs trace show trace-abc123", ["treasury_settlement", "2345 ms", "validate_settlement", "treasury-engine@brick-01", "150 ms", "* └ anchor_request"] },
        { "vm-obs trace search --service treasury --duration \">1s\" --last 24h", ["portal"] },
        { "vm-obs trace analyze trace-abc123 --find-bottleneck", ["anchor_request"] },
        { "vm-obs query --type metric_snapshot --from 2025-12-01", ["obs_metric_snapshot", "16320 samples of 5 nodes"] },
        { "vm-obs query --type log_batch --filter \"log_counts.error > 0\"", ["obs_log_batch", " error"] },
        { "vm-obs query --type trace_complete --filter \"duration_ms > 5000\"", ["obs_trace_complete", "error"] },
        { "vm-obs query --type alert_fired,alert_resolved --node brick-02", [] },
        { "vm-obs query --type slo_report --filter \"overall_status != 'healthy'\"", [] },
        { "vm-obs query --type anomaly_detected --last 7d", [] },
        { "vm-obs query --from 2025-12-01 --format parquet > observability_dec.parquet && head -c 4 observability_dec.parquet", ["PAR1"] },
        { "vm-obs correlate --timestamp \"2025-12-06T14:35:00Z\" --window 15m", s_story },
    };

    [Theory]
    [MemberData(nameof(SpecLines))]
    public async Task A_line_of_the_spec_is_answered_as_it_stands_there(string line, string[] words)
    {
        var run = (await demo.ShellAsync(line)).Succeeded();
        Assert.All(words, word => Assert.Contains(word, run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_specs_tail_shows_what_is_logged_as_it_is()
    {
        // timeout's 124 says that the tail was still following.
        var run = await demo.ShellAsync("timeout 20 vm-obs logs tail --node brick-01 --follow");
        Assert.True(run.ExitCode == 124 && run.Output.Contains("brick-01", StringComparison.Ordinal), run.ToString());
    }

    [Fact]
    public async Task Every_command_of_the_printed_list_works_as_it_is_printed()
    {
        Assert.NotEmpty(demo.Listed);
        foreach (var line in demo.Listed)
        {
            var run = (await demo.ShellAsync(line)).Succeeded();
            Assert.False(string.IsNullOrWhiteSpace(run.Output), run.ToString());
        }
    }

    [Fact]
    public async Task Every_command_of_the_page_works_as_it_stands_there()
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(Programs.RepositoryRoot, "docs", "demo.md"), TestContext.Current.CancellationToken);
        // The first ones start the demo.
        var commands = lines.Where(line => line.StartsWith("./vm-obs ", StringComparison.Ordinal) && !line.StartsWith("./vm-obs demo", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(commands);
        foreach (var command in commands)
            (await demo.ShellAsync(command["./".Length..])).Succeeded();
    }

    [Fact]
    public async Task Where_several_lines_match_a_proof_the_ids_to_choose_from_are_listed()
    {
        const string Proof = "vm-obs proof log --query \"anchor failed\" --from 2025-12-06T14:00:00Z --to 2025-12-06T15:00:00Z --out anchor.proof";
        var several = await demo.ShellAsync(Proof);
        Assert.Equal(2, several.ExitCode);
        Assert.Contains("more than 10 log records match: --id: got \"\", want --id added with the one that is meant", several.Errors, StringComparison.Ordinal);
        var ids = several.Errors.Split('\n').Where(line => line.StartsWith("  log:guardian:", StringComparison.Ordinal)).ToList();
        Assert.Equal(10, ids.Count);
        (await demo.ShellAsync($"{Proof} --id {ids[0].Trim()}")).Succeeded();
    }

    [Fact]
    public async Task The_history_is_sealed_with_nothing_left_out_and_verifies()
    {
        var receipts = (await demo.ShellAsync("vm-obs query --from 2025-12-01 --limit 10000 --output json")).Succeeded().JsonLines();
        var types = receipts.CountBy(receipt => receipt.GetProperty("type").GetString()!).ToDictionary();
        // 22 hours of the SPEC's day; of the last 24 at least 23 have ended, and the first of them has begun.
        Assert.InRange(types["obs_metric_snapshot"], 45, 48);
        Assert.InRange(types["obs_log_batch"], 45, 48);
        Assert.InRange(types["obs_trace_batch"], 45, 48);
        // An hour that ends while history is sent is sealed then, and what of it comes after is late; nothing is refused or left out.
        Assert.All(receipts.Where(receipt => receipt.GetProperty("type").GetString() == "obs_gap"), gap => Assert.True(
            gap.GetProperty("refused").GetRawText() == "{}" && gap.GetProperty("dropped").GetRawText() == "{}", gap.GetRawText()));
        Assert.Contains(receipts, receipt => receipt.GetProperty("type").GetString() == "obs_metric_snapshot" && receipt.GetProperty("period").GetProperty("end").GetString() == "2025-12-06T15:00:00Z"
            && receipt.GetProperty("aggregates").GetProperty("max_cpu_percent").GetDouble() == 87.3);
        Assert.Contains(" 0 findings", (await demo.ShellAsync("vm-obs verify --data demo-data")).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_happens_goes_on_being_sent()
    {
        async Task<string> LatestAsync() => (await demo.ShellAsync("vm-obs metrics query --node brick-04 --metric up --last 2m --output json")).Succeeded().JsonLines()[^1].GetProperty("timestamp").GetString()!;
        var before = await LatestAsync();
        await Eventually.GetAsync("a later sample", TimeSpan.FromMinutes(1), async () => await LatestAsync() is var now && now != before ? now : null);
    }
}
