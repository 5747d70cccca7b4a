using System.Text.Json;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Storage.Embedded;

namespace VmObs.Tests.Receipts.Gaps;

public sealed class ReceiptLimitTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public async Task Fifty_a_second_get_a_receipt_failed_ones_first_and_the_rest_is_counted()
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
    public async Task The_second_is_the_decisions_own_and_shared_by_decisions_of_it()
    {
        await using var folder = await GapFolder.BegunAsync();
        await DecideAsync(folder, 1, 100 * Second, Enumerable.Range(0, 30));
        await DecideAsync(folder, 2, (101 * Second) - 1, Enumerable.Range(30, 30));
        await DecideAsync(folder, 3, 101 * Second, Enumerable.Range(60, 30));
        Assert.Equal([.. Enumerable.Range(0, 50), .. Enumerable.Range(60, 30)], Receipted(folder));
        Assert.Equal(10, folder.Account.HeldBack);
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
    public async Task A_decision_whose_receipts_the_ledger_refused_is_not_passed_over_at_the_replay()
    {
        await using var folder = await GapFolder.BegunAsync();
        var ledger = new RefusingOnce(folder.Ledger);
        var limit = new ReceiptLimit(ledger, folder.Account);
        await Assert.ThrowsAsync<IOException>(async () => await limit.TracesCompletedAsync(Traces(1, 100 * Second, [0, 1], []), TestContext.Current.CancellationToken));
        await limit.TracesCompletedAsync(Traces(2, 101 * Second, [2], []), TestContext.Current.CancellationToken);
        await folder.BeatAsync();
        await folder.RestartAsync();
        await DecideAsync(folder, 1, 100 * Second, [0, 1]);
        await DecideAsync(folder, 2, 101 * Second, [2]);
        Assert.Equal([2, 0, 1], Receipted(folder));
    }

    private static Task DecideAsync(GapFolder folder, long decision, long unixNanos, IEnumerable<int> numbers, params int[] failed) =>
        new ReceiptLimit(folder.Ledger, folder.Account).TracesCompletedAsync(Traces(decision, unixNanos, numbers, failed), TestContext.Current.CancellationToken).AsTask();

    private static CompletedTrace[] Traces(long decision, long unixNanos, IEnumerable<int> numbers, int[] failed) =>
        [.. numbers.Select(i => LedgerFolder.Trace(i) with { Decision = decision, DecidedUnixNanos = unixNanos, Failed = failed.Contains(i) })];

    private static IEnumerable<int> Receipted(GapFolder folder) =>
        folder.Ledger.Find(new ReceiptQuery(0, long.MaxValue) { Types = new HashSet<string> { "obs_trace_complete" }, Limit = 10_000 })
            .Select(line => Convert.ToInt32(JsonDocument.Parse(line).RootElement.GetProperty("trace_id").GetString(), 16) - 1);

    /// <summary>A ledger whose disk refuses the first receipts of traces and then works again.</summary>
    private sealed class RefusingOnce(IReceiptSink ledger) : IReceiptSink
    {
        private bool _hasRefused;

        public IReadOnlyList<SealedHourReceipt> SealedHours => ledger.SealedHours;

        public IReadOnlyList<ExpiredHourReceipt> ExpiredHours => ledger.ExpiredHours;

        public ValueTask HourExpiredAsync(ExpiredHour hour, CancellationToken cancellationToken) => ledger.HourExpiredAsync(hour, cancellationToken);

        public ValueTask HourSealedAsync(SealedHour hour, CancellationToken cancellationToken) => ledger.HourSealedAsync(hour, cancellationToken);

        public ValueTask ClockSteppedAsync(ClockStep step, CancellationToken cancellationToken) => ledger.ClockSteppedAsync(step, cancellationToken);

        public ValueTask TracesCompletedAsync(IReadOnlyList<CompletedTrace> traces, CancellationToken cancellationToken)
        {
            if (_hasRefused)
                return ledger.TracesCompletedAsync(traces, cancellationToken);
            _hasRefused = true;
            throw new IOException("the disk refused");
        }
    }
}
