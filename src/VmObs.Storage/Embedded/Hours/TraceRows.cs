using VmObs.Signals.Traces;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Which rows of a row group are which trace's. Immutable.</summary>
internal sealed class TraceRows
{
    private readonly TraceId[] _ids;
    private readonly int[] _ends;

    /// <param name="ids">The traces, ascending, none twice.</param>
    /// <param name="ends">Of each the row behind its last one.</param>
    /// <exception cref="InvalidDataException">They do not ascend.</exception>
    public TraceRows(TraceId[] ids, int[] ends)
    {
        for (var i = 1; i < ids.Length; i++)
        {
            if (ids[i] <= ids[i - 1])
                throw new InvalidDataException($"trace {ids[i]} behind trace {ids[i - 1]}");
        }
        (_ids, _ends) = (ids, ends);
    }

    /// <summary>The traces, ascending.</summary>
    public ReadOnlySpan<TraceId> Ids => _ids;

    /// <summary>Bytes that it holds.</summary>
    public long HeldBytes => 100 + (_ids.Length * 20L);

    /// <summary>A trace's rows by its number.</summary>
    public RowRange this[int trace]
    {
        get
        {
            var first = trace == 0 ? 0 : _ends[trace - 1];
            return new RowRange(first, _ends[trace] - first);
        }
    }

    /// <summary>The number of the first trace that is not before an id.</summary>
    public int LowerBound(TraceId id)
    {
        var at = _ids.AsSpan().BinarySearch(id);
        return at < 0 ? ~at : at;
    }

    /// <summary>The rows of those of some traces that are here, ascending.</summary>
    /// <param name="traces">Ascending.</param>
    public RowRange[] RowsOf(IReadOnlyList<SoughtTrace> traces)
    {
        var rows = new List<RowRange>();
        foreach (var trace in traces)
        {
            var at = _ids.AsSpan().BinarySearch(trace.Id);
            if (at >= 0)
                rows.Add(this[at]);
        }
        return [.. rows];
    }
}
