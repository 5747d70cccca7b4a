using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Walks over one class of traces in a sealed file; one row group is in memory.</summary>
internal sealed class SealedPartCursor : ITracePartCursor
{
    private readonly TraceFileScan _scan;
    private readonly Queue<int> _groups;
    private readonly QueryBudget _budget;
    private SpanRowGroup? _group;
    private long _held;
    private int _trace;

    private SealedPartCursor(TraceFileScan scan, IEnumerable<int> groups, QueryBudget budget) => (_scan, _groups, _budget) = (scan, new Queue<int>(groups), budget);

    public TraceId Id => _group!.Traces.Ids[_trace];

    /// <summary>A walk for each class of a file, which stays the caller's.</summary>
    /// <param name="open">Opens an index of the file for each walk.</param>
    /// <param name="matcher">Says which spans are asked for.</param>
    public static IEnumerable<SealedPartCursor> OfClasses(Func<TraceFileIndex> open, TraceMatcher matcher)
    {
        using var index = open();
        return index.Classes().ConvertAll(groups => new SealedPartCursor(new TraceFileScan(open(), matcher), groups, matcher.Query.Budget));
    }

    public bool MoveNext()
    {
        if (_group is not null && ++_trace < _group.Traces.Ids.Length)
            return true;
        Release();
        if (!_groups.TryDequeue(out var number))
            return false;
        (_group, _trace) = (_scan.Read(number), 0);
        _held = _group.HeldBytes;
        _budget.Hold(_held);
        return true;
    }

    public TraceBlock TakeWhole(TraceId? before)
    {
        var ids = _group!.Traces.Ids;
        // The last trace may go on in the next row group.
        var end = ids.Length - 1;
        if (before is { } id && end > _trace && ids[end - 1] >= id)
            end = _group.Traces.LowerBound(id);
        if (end <= _trace)
            return default;
        var block = new TraceBlock(_group, _trace, end);
        _trace = end;
        return block;
    }

    public void AddTo(ref TraceFacts facts)
    {
        var outlines = _group!.Outlines;
        facts.Add(outlines.Starts[_trace], outlines.Ends[_trace], outlines.Failed[_trace], _group.IsAskedFor(_trace));
    }

    public void AddTo(List<ReadOnlyMemory<byte>> spans)
    {
        var records = _group!.Records ?? throw new InvalidOperationException("BUG: records were not asked for");
        for (var (row, end) = (_group.Traces[_trace].First, _group.Traces[_trace].End); row < end; row++)
            spans.Add(records[row]);
    }

    public void Dispose()
    {
        Release();
        _scan.Dispose();
    }

    private void Release()
    {
        _budget.Release(_held);
        _held = 0;
    }
}
