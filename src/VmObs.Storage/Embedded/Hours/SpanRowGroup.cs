namespace VmObs.Storage.Embedded.Hours;

/// <summary>The narrow columns of a trace file's row group, trace by trace.</summary>
/// <param name="Traces">The traces and their rows.</param>
/// <param name="Outlines">Their times and outcomes.</param>
/// <param name="AskedFor">By row: whether it is one that the query asks for; null where any is. Valid until the next row group is read.</param>
internal sealed record SpanRowGroup(TraceRows Traces, TraceOutlines Outlines, ReadOnlyMemory<bool>? AskedFor)
{
    /// <summary>Canonical records by row; null where only the narrow columns were read.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Records { get; init; }

    /// <summary>Bytes that it holds.</summary>
    public long HeldBytes => Traces.HeldBytes + Outlines.HeldBytes + (AskedFor?.Length ?? 0) + (Records?.Sum(static record => record.Length + 16L) ?? 0);

    /// <summary>Whether a span of a trace is one that the query asks for.</summary>
    public bool IsAskedFor(int trace)
    {
        if (AskedFor is not { } asked)
            return true;
        var rows = Traces[trace];
        return asked.Span.Slice(rows.First, rows.Count).Contains(true);
    }
}
