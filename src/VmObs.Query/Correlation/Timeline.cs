using VmObs.Signals.Ports;
using VmObs.Signals.Traces;

namespace VmObs.Query.Correlation;

/// <summary>What happened around a time (SPEC 4): series that left their level, what was logged, traces and whatever else the ledger tells, in order of time.</summary>
public static class Timeline
{
    /// <summary>Looks it all up.</summary>
    /// <param name="metrics">Samples.</param>
    /// <param name="logs">Log records.</param>
    /// <param name="traces">Spans, for the names under which traces were sent.</param>
    /// <param name="receipts">The ledger's lines of the window and of what ended soon after it.</param>
    /// <param name="window">Where to look.</param>
    /// <param name="budget">What it may cost.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Events in order of time.</returns>
    public static async Task<IReadOnlyList<TimelineEvent>> FindAsync(
        IMetricSource metrics, ILogSource logs, ITraceSource traces, IEnumerable<ReadOnlyMemory<byte>> receipts, TimelineWindow window, QueryBudget budget, CancellationToken cancellationToken)
    {
        var events = await MetricTimeline.FindAsync(metrics, window, budget, cancellationToken);
        events.AddRange(await LogTimeline.FindAsync(logs, window, budget, cancellationToken));
        foreach (var told in ReceiptTimeline.Find(receipts, window))
            events.Add(told.Source == EventSource.Trace ? await NameAsync(told, traces, budget, cancellationToken) : told);
        // Stable: equal times stay metrics, logs, then the ledger.
        return [.. events.OrderBy(static told => told.AtUnixNanos)];
    }

    // A receipt has a trace's own id; people know a SPEC document by the text that they sent. One look-up a group of traces.
    private static async ValueTask<TimelineEvent> NameAsync(TimelineEvent told, ITraceSource traces, QueryBudget budget, CancellationToken cancellationToken)
    {
        if (told.Reference is not { } id || !TraceId.TryParse(id, out var key))
            return told;
        var sent = NativeScope.CommonTraceId(await traces.GetAsync(key, budget, cancellationToken));
        return sent is null ? told : told with { Text = sent + told.Text[id.Length..], Reference = sent };
    }
}
