using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>The narrow columns of a trace file's row group, trace by trace.</summary>
/// <param name="Traces">The traces in order, each with the row behind its last one.</param>
/// <param name="Starts">Start by row, Unix ns.</param>
/// <param name="Ends">End by row, Unix ns.</param>
/// <param name="Failed">By row.</param>
/// <param name="AskedFor">By row: whether it is a span that the query asks for.</param>
internal sealed record SpanRowGroup(IReadOnlyList<(TraceId Id, int EndRow)> Traces, long[] Starts, long[] Ends, bool[] Failed, bool[] AskedFor)
{
    /// <summary>Canonical records by row; null where only the narrow columns were read.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Records { get; init; }

    /// <summary>Bytes that it holds.</summary>
    public long HeldBytes => (Traces.Count * 24L) + (Starts.Length * 18L) + (Records?.Sum(static record => record.Length + 16L) ?? 0);
}
