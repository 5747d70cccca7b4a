namespace VmObs.Storage.Embedded.Head;

/// <summary>The spans of a trace that is not decided yet.</summary>
internal sealed class PendingTrace(long firstPosition)
{
    /// <summary>Canonical records in order of arrival.</summary>
    public List<ReadOnlyMemory<byte>> Spans { get; } = [];

    /// <summary>The journal's record that brought the first of them.</summary>
    public long FirstPosition { get; } = firstPosition;

    public long LastArrivalUnixNanos { get; set; }

    public long EarliestStartUnixNanos { get; set; } = long.MaxValue;

    public long ReservedBytes { get; set; }

    /// <summary>Whether a decision is on its way through the journal.</summary>
    public bool DecisionQueued { get; set; }
}
