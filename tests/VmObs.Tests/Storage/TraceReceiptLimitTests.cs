using System.Text.Json;
using VmObs.Receipts;
using VmObs.Signals.Traces;
using VmObs.Tests.Receipts.Gaps;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage;

public sealed class TraceReceiptLimitTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_replay_of_the_journal_holds_back_the_same_traces_at_another_time(bool saved)
    {
        await using var engine = await EngineFolder.OpenAsync();
        for (var i = 1; i <= 60; i++)
            await engine.TracesAsync(Samples.Span(new TraceId(1, (ulong)i), 1, 0, 80 * 60, 6, failed: i > 55));
        engine.Time.Advance(TimeSpan.FromSeconds(10));
        await engine.Store.SpillAsync();
        var receipted = Receipts(engine, "obs_trace_complete");
        Assert.Equal((50, 5), (receipted.Count, receipted.Count(receipt => receipt.GetProperty("status").ValueEquals("error"))));
        if (saved)
            engine.Gaps.Save();
        for (var restart = 0; restart < 2; restart++)
        {
            engine.Time.Advance(TimeSpan.FromSeconds(77));
            await engine.ReopenAsync();
            Assert.Equal(receipted.Select(receipt => receipt.GetRawText()), Receipts(engine, "obs_trace_complete").Select(receipt => receipt.GetRawText()));
        }
        await engine.Gaps.ReceiptAllAsync(TestContext.Current.CancellationToken);
        Assert.Equal(10, GapFolder.Records(Assert.Single(Receipts(engine, "obs_gap")), "dropped.traces.receipt_limit"));
    }

    private static List<JsonElement> Receipts(EngineFolder engine, string type) =>
        [.. engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue) { Types = new HashSet<string> { type }, Limit = 1000 }).Select(line => JsonElement.Parse(line))];
}
