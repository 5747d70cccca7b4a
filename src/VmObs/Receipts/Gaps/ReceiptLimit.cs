using VmObs.Storage.Embedded;

namespace VmObs.Receipts.Gaps;

/// <summary>Holds back the receipts of traces beyond fifty that end in one second; they stay proven by their hour's receipt, and an obs_gap says how many.</summary>
/// <remarks>
/// The second is the trace's own, so history that comes within seconds gets the receipts that it would have got as it happened. How many a second
/// has is what the ledger says: a replay comes to the same ones, and one that is there already gets no second. See
/// docs/decisions/0021-limit-on-trace-receipts.md. Thread-safe; decisions come in the journal's order, but for those that the ledger refused.
/// </remarks>
internal sealed class ReceiptLimit(ObservabilityLedger ledger, GapAccount gaps) : IReceiptSink
{
    public const string Reason = "receipt_limit";

    /// <summary>At most this many traces that end in one second get a receipt of their own.</summary>
    public const int PerSecond = 50;

    // Completes once whoever came last is done.
    private Task _turn = Task.CompletedTask;
    // The first decision whose receipts the ledger refused: a restart has to come back to it, so nothing later is done with before it is.
    private long? _refused;

    public IReadOnlyList<SealedHourReceipt> SealedHours => ledger.SealedHours;

    public IReadOnlyList<ExpiredHourReceipt> ExpiredHours => ledger.ExpiredHours;

    public ValueTask HourExpiredAsync(ExpiredHour hour, CancellationToken cancellationToken) => ledger.HourExpiredAsync(hour, cancellationToken);

    public ValueTask HourSealedAsync(SealedHour hour, CancellationToken cancellationToken) => ledger.HourSealedAsync(hour, cancellationToken);

    public ValueTask ClockSteppedAsync(ClockStep step, CancellationToken cancellationToken) => ledger.ClockSteppedAsync(step, cancellationToken);

    public async ValueTask TracesCompletedAsync(IReadOnlyList<CompletedTrace> traces, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Interlocked.Exchange(ref _turn, done.Task);
        try
        {
            var before = gaps.ReceiptedThrough;
            var rest = traces.Where(trace => trace.Decision > before).ToList();
            if (rest.Count > 0)
                await ReceiptAsync(rest, before, cancellationToken);
        }
        finally
        {
            done.SetResult();
        }
    }

    private async Task ReceiptAsync(List<CompletedTrace> traces, long before, CancellationToken cancellationToken)
    {
        var (granted, held) = Choose(traces);
        try
        {
            if (granted.Count > 0)
                await ledger.TracesCompletedAsync(granted, cancellationToken);
        }
        catch
        {
            _refused ??= traces.Min(static trace => trace.Decision);
            throw;
        }
        if (traces.Exists(trace => trace.Decision == _refused))
            _refused = null;
        gaps.HoldBack(held, _refused is null ? traces.Max(static trace => trace.Decision) : before);
    }

    private (List<CompletedTrace> Granted, int Held) Choose(List<CompletedTrace> traces)
    {
        var owed = traces.FindAll(trace => !ledger.HasReceipt(trace));
        long[] seconds = [.. owed.Select(SecondOf).Distinct().Order()];
        var receipts = ledger.TraceReceiptsOf(seconds);
        var granted = new List<CompletedTrace>(owed.Count);
        // Failed ones first; otherwise in the decision's order.
        foreach (var trace in owed.OrderByDescending(static trace => trace.Failed))
        {
            ref var taken = ref receipts[Array.BinarySearch(seconds, SecondOf(trace))];
            if (taken == PerSecond)
                continue;
            taken++;
            granted.Add(trace);
        }
        return (granted, owed.Count - granted.Count);
    }

    private static long SecondOf(CompletedTrace trace) => trace.ToldEndUnixNanos / 1_000_000_000;
}
