using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Head;

/// <summary>The spans of a trace that is not decided yet.</summary>
internal sealed class PendingTrace(TraceId id, long firstPosition, long firstArrivalUnixNanos)
{
    /// <summary>The trace.</summary>
    public TraceId Id { get; } = id;

    // Where the spans of later records of the journal begin; most traces come in one record, or few.
    private List<(int Span, long Position)>? _later;

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

    // And so much less than the overhead of a trace, the place of a later record's first span.
    private const int LaterOverheadBytes = 32;

    /// <summary>Adds a span.</summary>
    /// <param name="record">Its canonical record, which stays where it is.</param>
    /// <param name="position">The journal's record that brought it; not before those of earlier spans.</param>
    public void Add(ReadOnlyMemory<byte> record, long position)
    {
        if (position > (_later is null ? FirstPosition : _later[^1].Position))
        {
            (_later ??= []).Add((Spans.Count, position));
            ReservedBytes += LaterOverheadBytes;
        }
        Spans.Add(record);
        EarliestStartUnixNanos = Math.Min(EarliestStartUnixNanos, new SpanRecord(record.Span).StartUnixNanos);
        ReservedBytes += record.Length + SpanOverheadBytes;
    }

    /// <summary>Puts its spans in the order of a decided trace: by start, then span id; a span sent twice stands twice, and its bytes decide.</summary>
    public void SortSpans() => Spans.Sort(static (a, b) => Compare(new SpanRecord(a.Span), new SpanRecord(b.Span)));

    /// <summary>A trace of the spans that came with records of the journal after one; null when none did.</summary>
    public PendingTrace? After(long position)
    {
        if (FirstPosition > position)
            return this;
        var first = _later?.FindIndex(later => later.Position > position) ?? -1;
        if (first < 0)
            return null;
        // When they came is not known of each; late enough is as good, for it only says when to look again.
        var rest = new PendingTrace(Id, _later![first].Position, LastArrivalUnixNanos);
        for (var i = first; i < _later.Count; i++)
        {
            var end = i + 1 < _later.Count ? _later[i + 1].Span : Spans.Count;
            for (var span = _later[i].Span; span < end; span++)
                rest.Add(Spans[span], _later[i].Position);
        }
        return rest;
    }

    private static int Compare(SpanRecord a, SpanRecord b)
    {
        var order = a.StartUnixNanos.CompareTo(b.StartUnixNanos);
        if (order == 0)
            order = a.SpanId.CompareTo(b.SpanId);
        return order != 0 ? order : a.Bytes.SequenceCompareTo(b.Bytes);
    }
}
