using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Demo;

/// <summary>What a new user does first.</summary>
public sealed class DemoTests(RunningDemo demo) : IClassFixture<RunningDemo>
{
    /// <summary>Command lines as the SPEC has them (3.1, 4), and words of a sensible answer.</summary>
    public static TheoryData<string, string[]> SpecLines => new()
    {
        { "vm-obs metrics query --node brick-01 --metric cpu_percent --last 1h", ["cpu_percent", "brick-01", "guardian"] },
        { "vm-obs logs query --service guardian --level error --last 24h", ["error", "guardian", "anchor failed"] },
        { "vm-obs logs search \"anchor failed\" --from 2025-12-01", ["anchor failed: bitcoin backend did not answer within 8 s"] },
        { "vm-obs trace show trace-abc123", ["treasury_settlement", "2345 ms", "validate_settlement", "treasury-engine@brick-01", "150 ms", "* └ anchor_request"] },
        { "vm-obs query --type metric_snapshot --from 2025-12-01", ["obs_metric_snapshot", "16320 samples of 5 nodes"] },
    };

    [Theory]
    [MemberData(nameof(SpecLines))]
    public async Task A_line_of_the_spec_is_answered_as_it_stands_there(string line, string[] words)
    {
        var run = (await demo.ShellAsync(line)).Succeeded();
        Assert.All(words, word => Assert.Contains(word, run.Output, StringComparison.Ordinal));
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
    public async Task The_history_is_sealed_without_a_gap_and_verifies()
    {
        var receipts = (await demo.ShellAsync("vm-obs query --from 2025-12-01 --limit 10000 --output json")).Succeeded().JsonLines();
        var types = receipts.CountBy(receipt => receipt.GetProperty("type").GetString()!).ToDictionary();
        // 22 hours of the SPEC's day; of the last 24 at least 23 have ended, and the first of them has begun.
        Assert.InRange(types["obs_metric_snapshot"], 45, 48);
        Assert.InRange(types["obs_log_batch"], 45, 48);
        Assert.InRange(types["obs_trace_batch"], 45, 48);
        Assert.DoesNotContain("obs_gap", types.Keys);
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
