using VmObs.Signals;
using VmObs.Storage.Embedded;

namespace VmObs.Receipts.Gaps;

/// <summary>Holds back the receipts of traces beyond fifty a second; they stay proven by their hour's receipt, and an obs_gap says how many.</summary>
/// <remarks>
/// Which ones is a function of the journal: the time that counts is the decision's own, and the slots are kept with the counts. A replay goes
/// on where they stood: decisions up to there are done with, later ones come out as before, and a receipt that is there already gets no second.
/// Called by one applier, in the journal's order.
/// </remarks>
internal sealed class ReceiptLimit(IReceiptSink ledger, GapAccount gaps) : IReceiptSink
{
    public const string Reason = "receipt_limit";

    // The first decision whose receipts the ledger refused: a restart has to come back to it, so nothing later is done with before it is.
    private long? _refused;

    public IReadOnlyList<SealedHourReceipt> SealedHours => ledger.SealedHours;

    public IReadOnlyList<ExpiredHourReceipt> ExpiredHours => ledger.ExpiredHours;

    public ValueTask HourExpiredAsync(ExpiredHour hour, CancellationToken cancellationToken) => ledger.HourExpiredAsync(hour, cancellationToken);

    public ValueTask HourSealedAsync(SealedHour hour, CancellationToken cancellationToken) => ledger.HourSealedAsync(hour, cancellationToken);

    public ValueTask ClockSteppedAsync(ClockStep step, CancellationToken cancellationToken) => ledger.ClockSteppedAsync(step, cancellationToken);

    public async ValueTask TracesCompletedAsync(IReadOnlyList<CompletedTrace> traces, CancellationToken cancellationToken)
    {
        var before = gaps.Slots;
        var slots = before;
        var granted = new List<CompletedTrace>();
        var held = 0;
        // Failed ones first; otherwise in the decision's order.
        foreach (var trace in traces.Where(trace => trace.Decision > before.Decision).OrderByDescending(trace => trace.Failed))
        {
            (slots, var isGranted) = slots.Take(trace.Decision, trace.DecidedUnixNanos);
            if (isGranted)
                granted.Add(trace);
            else
                held++;
        }
        if (slots == before)
            return;
        try
        {
            if (granted.Count > 0)
                await ledger.TracesCompletedAsync(granted, cancellationToken);
        }
        catch
        {
            _refused ??= slots.Decision;
            throw;
        }
        if (_refused == slots.Decision)
            _refused = null;
        gaps.HoldBack(held, _refused is null ? slots : slots with { Decision = before.Decision });
    }
}
