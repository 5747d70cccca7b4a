using System.Text.Json;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Storage.Embedded;

namespace VmObs.Tests.Receipts.Gaps;

public sealed class ReceiptLimitTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public async Task Fifty_of_a_second_get_a_receipt_failed_ones_first_and_the_rest_is_counted()
    {
        await using var folder = await GapFolder.BegunAsync();
        await DecideAsync(folder, 1, 100 * Second, Enumerable.Range(0, 60), failed: [55, 58]);
        Assert.Equal([55, 58, .. Enumerable.Range(0, 48)], Receipted(folder));
        Assert.Equal(10, folder.Account.HeldBack);
        await folder.Account.ReceiptAllAsync(TestContext.Current.CancellationToken);
        var gap = Assert.Single(folder.Gaps());
        Assert.Equal(10, GapFolder.Records(gap, "dropped.traces.receipt_limit"));
        Assert.Equal("engine", Assert.Single(gap.GetProperty("sources").EnumerateArray()).GetProperty("source").GetString());
    }

    [Fact]
    public async Task The_second_is_that_in_which_the_traces_ended_whenever_they_were_decided()
    {
        await using var folder = await GapFolder.BegunAsync();
        await DecideAsync(folder, 1, 100 * Second, Enumerable.Range(0, 30));
        await DecideAsync(folder, 2, 101 * Second, Enumerable.Range(60, 30));
        folder.Advance(3600);
        await DecideAsync(folder, 3, (101 * Second) - 1, Enumerable.Range(30, 30));
        Assert.Equal([.. Enumerable.Range(0, 30), .. Enumerable.Range(60, 30), .. Enumerable.Range(30, 20)], Receipted(folder));
        Assert.Equal(10, folder.Account.HeldBack);
    }

    [Fact]
    public async Task History_that_is_decided_at_once_gets_all_its_receipts()
    {
        await using var folder = await GapFolder.BegunAsync();
        var history = Enumerable.Range(0, 400).SelectMany(i => Traces(1, i / 4 * Second, [i], [])).ToList();
        await new ReceiptLimit(folder.Ledger, folder.Account).TracesCompletedAsync(history, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 400), Receipted(folder));
        Assert.Equal(0, folder.Account.HeldBack);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_replay_decides_the_same_and_counts_once(bool beatBetween)
    {
        await using var folder = await GapFolder.BegunAsync();
        for (var life = 0; life < 3; life++)
        {
            await DecideAsync(folder, 1, 100 * Second, Enumerable.Range(0, 30));
            if (beatBetween && life == 0)
                await folder.BeatAsync();
            await DecideAsync(folder, 2, 100 * Second, Enumerable.Range(30, 40));
            if (life == 1)
                await folder.BeatAsync();
            await folder.RestartAsync();
        }
        Assert.Equal(Enumerable.Range(0, 50), Receipted(folder));
        await folder.Account.ReceiptAllAsync(TestContext.Current.CancellationToken);
        Assert.Equal(20, GapFolder.Records(Assert.Single(folder.Gaps()), "dropped.traces.receipt_limit"));
    }

    [Fact]
    public async Task A_decision_of_which_a_crash_left_half_the_receipts_gets_the_other_half()
    {
        await using var folder = await GapFolder.BegunAsync();
        await folder.Ledger.TracesCompletedAsync(Traces(1, 100 * Second, Enumerable.Range(0, 20), []), TestContext.Current.CancellationToken);
        await folder.RestartAsync();
        await DecideAsync(folder, 1, 100 * Second, Enumerable.Range(0, 60));
        Assert.Equal(Enumerable.Range(0, 50), Receipted(folder));
        Assert.Equal(10, folder.Account.HeldBack);
    }

    [Fact]
    public async Task A_decision_whose_receipts_the_ledger_refused_is_not_passed_over_at_the_replay()
    {
        var disk = new LedgerRefusingDisk { Refuses = false };
        await using var folder = new GapFolder { Disk = disk };
        await folder.RestartAsync();
        var limit = new ReceiptLimit(folder.Ledger, folder.Account);
        disk.Refuses = true;
        await Assert.ThrowsAsync<IOException>(async () => await limit.TracesCompletedAsync(Traces(1, 100 * Second, [0, 1], []), TestContext.Current.CancellationToken));
        disk.Refuses = false;
        await limit.TracesCompletedAsync(Traces(2, 101 * Second, [2], []), TestContext.Current.CancellationToken);
        await folder.BeatAsync();
        await folder.RestartAsync();
        await DecideAsync(folder, 1, 100 * Second, [0, 1]);
        await DecideAsync(folder, 2, 101 * Second, [2]);
        Assert.Equal([2, 0, 1], Receipted(folder));
    }

    [Fact]
    public async Task What_the_ledger_refused_and_then_took_is_done_with()
    {
        var disk = new LedgerRefusingDisk { Refuses = false };
        await using var folder = new GapFolder { Disk = disk };
        await folder.RestartAsync();
        var limit = new ReceiptLimit(folder.Ledger, folder.Account);
        var (first, second) = (Traces(1, 100 * Second, [0, 1], []), Traces(2, 101 * Second, [2], []));
        disk.Refuses = true;
        foreach (var refused in new[] { first, second })
            await Assert.ThrowsAsync<IOException>(async () => await limit.TracesCompletedAsync(refused, TestContext.Current.CancellationToken));
        disk.Refuses = false;
        await limit.TracesCompletedAsync([.. first, .. second], TestContext.Current.CancellationToken);
        Assert.Equal([0, 1, 2], Receipted(folder));
        Assert.Equal(2, folder.Account.ReceiptedThrough);
    }

    private static Task DecideAsync(GapFolder folder, long decision, long endUnixNanos, IEnumerable<int> numbers, params int[] failed) =>
        new ReceiptLimit(folder.Ledger, folder.Account).TracesCompletedAsync(Traces(decision, endUnixNanos, numbers, failed), TestContext.Current.CancellationToken).AsTask();

    private static CompletedTrace[] Traces(long decision, long endUnixNanos, IEnumerable<int> numbers, int[] failed) =>
        [.. numbers.Select(i => LedgerFolder.Trace(i) with { Decision = decision, StartUnixNanos = endUnixNanos - Second, EndUnixNanos = endUnixNanos, Failed = failed.Contains(i) })];

    private static IEnumerable<int> Receipted(GapFolder folder) =>
        folder.Ledger.Find(new ReceiptQuery(0, long.MaxValue) { Types = new HashSet<string> { "obs_trace_complete" }, Limit = 10_000 })
            .Select(line => Convert.ToInt32(JsonDocument.Parse(line).RootElement.GetProperty("trace_id").GetString(), 16) - 1);
}
