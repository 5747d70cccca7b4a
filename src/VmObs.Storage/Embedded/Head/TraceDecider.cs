using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Seal;

namespace VmObs.Storage.Embedded.Head;

/// <summary>Says which pending traces are to be decided.</summary>
/// <param name="maxPendingBytes">Beyond this the quietest are decided before they are quiet for long enough.</param>
/// <remarks>Owned by the signal's applier; readers hold the trace store's lock.</remarks>
internal sealed class TraceDecider(long maxPendingBytes)
{
    /// <summary>A trace is complete when none of its spans has arrived for this long, ns.</summary>
    public const long QuietNanos = 10L * 1_000_000_000;

    /// <summary>A trace is decided at the latest when a span arrives this long after its first one, ns: some traces never end.</summary>
    public const long MaxAgeNanos = 5L * 60 * 1_000_000_000;

    /// <summary>And when its spans come to this much, bytes.</summary>
    public const long MaxTraceBytes = 4L * 1024 * 1024;

    private readonly List<PendingTrace> _overdue = [];
    private long _beginAfter;
    private long _allBeginAfter;

    /// <summary>The traces that are not decided yet.</summary>
    public PendingTraces Pending { get; } = new();

    /// <summary>Whether traces should be decided now rather than at the next round.</summary>
    public bool IsUnderPressure => Pending.UndecidedBytes > maxPendingBytes;

    /// <summary>Traces that began with a record of the journal before this one are to be decided: the journal is kept for those that began later.</summary>
    public void BeginAfter(long position) => Volatile.Write(ref _beginAfter, position);

    /// <summary>Adds a span.</summary>
    /// <returns>What it holds in memory.</returns>
    public long Add(SpanRecord span, long position, long arrivalUnixNanos)
    {
        var before = Pending.Find(span.TraceId)?.ReservedBytes ?? 0;
        var trace = Pending.Add(span, position, arrivalUnixNanos);
        if (!trace.DecisionQueued && (arrivalUnixNanos - trace.FirstArrivalUnixNanos >= MaxAgeNanos || trace.ReservedBytes >= MaxTraceBytes))
            _overdue.Add(trace);
        return trace.ReservedBytes - before;
    }

    /// <summary>The traces to decide now; from here on their decisions count as on their way.</summary>
    public List<TraceId> Choose(SealRule rule)
    {
        var chosen = new List<TraceId>();
        foreach (var trace in _overdue)
            Take(trace, chosen);
        _overdue.Clear();
        var keep = IsUnderPressure ? maxPendingBytes / 2 : long.MaxValue;
        while (Pending.Quietest is { } quietest && (IsQuiet(quietest, rule.NowUnixNanos) || Pending.UndecidedBytes > keep))
            Take(quietest, chosen);
        var position = Volatile.Read(ref _beginAfter);
        if (rule.AllEnded || position > _allBeginAfter)
        {
            foreach (var trace in Pending.All)
            {
                if (trace.FirstPosition < position || (rule.AllEnded && HourSchedule.HasEnded(HourId.Of(trace.EarliestStartUnixNanos), rule.NowUnixNanos)))
                    Take(trace, chosen);
            }
            _allBeginAfter = position;
        }
        return chosen;
    }

    // A clock that was set back must not keep traces waiting for as long as it was.
    private static bool IsQuiet(PendingTrace trace, long nowUnixNanos) => Math.Abs(nowUnixNanos - trace.LastArrivalUnixNanos) >= QuietNanos;

    private void Take(PendingTrace trace, List<TraceId> chosen)
    {
        // Overdue traces are noted with each of their spans, and may be decided by now.
        if (trace.DecisionQueued || Pending.Find(trace.Id) != trace)
            return;
        Pending.QueueDecision(trace);
        chosen.Add(trace.Id);
    }
}
