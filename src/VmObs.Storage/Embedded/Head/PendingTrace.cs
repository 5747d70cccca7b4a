using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Head;

/// <summary>The spans of a trace that is not decided yet.</summary>
internal sealed class PendingTrace(TraceId id, long firstPosition, long firstArrivalUnixNanos)
{
    /// <summary>The trace.</summary>
    public TraceId Id { get; } = id;

    /// <summary>Canonical records in order of arrival.</summary>
    public List<ReadOnlyMemory<byte>> Spans { get; } = [];

    /// <summary>The journal's record that brought the first of them.</summary>
    public long FirstPosition { get; } = firstPosition;

    /// <summary>When that record arrived.</summary>
    public long FirstArrivalUnixNanos { get; } = firstArrivalUnixNanos;

    public long LastArrivalUnixNanos { get; set; } = firstArrivalUnixNanos;

    public long EarliestStartUnixNanos { get; set; } = long.MaxValue;

    /// <summary>What it holds in memory.</summary>
    public long ReservedBytes { get; set; } = OverheadBytes;

    /// <summary>Whether a decision is on its way through the journal.</summary>
    public bool DecisionQueued { get; set; }

    /// <summary>Neighbours in order of the last arrival; <see cref="PendingTraces"/> keeps them.</summary>
    public PendingTrace? Quieter { get; set; }

    /// <inheritdoc cref="Quieter"/>
    public PendingTrace? Busier { get; set; }

    /// <summary>What a trace costs beside its spans.</summary>
    public const long OverheadBytes = 256;

    /// <summary>What a span costs beside its bytes: its place in the list, with room to grow.</summary>
    public const int SpanOverheadBytes = 32;
}
