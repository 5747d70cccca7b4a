using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Parquet;

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
    private int _firstRow;

    private SealedPartCursor(TraceFileScan scan, IEnumerable<int> groups, QueryBudget budget) => (_scan, _groups, _budget) = (scan, new Queue<int>(groups), budget);

    public TraceId Id => _group!.Traces[_trace].Id;

    /// <summary>A walk for each class of a file, which stays the caller's.</summary>
    public static IEnumerable<SealedPartCursor> OfClasses(SealedFile file, FileMetadata metadata, TraceMatcher matcher) =>
        TraceFileScan.Classes(file, metadata).Select(groups => new SealedPartCursor(new TraceFileScan(file, metadata, matcher), groups, matcher.Query.Budget));

    public bool MoveNext()
    {
        if (_group is not null)
        {
            _firstRow = _group.Traces[_trace].EndRow;
            if (++_trace < _group.Traces.Count)
                return true;
        }
        Release();
        while (_groups.TryDequeue(out var number))
        {
            if (_scan.Read(number) is not { } group)
                continue;
            (_group, _trace, _firstRow) = (group, 0, 0);
            _held = group.HeldBytes;
            _budget.Hold(_held);
            return true;
        }
        return false;
    }

    public void AddTo(ref TraceFacts facts)
    {
        for (var row = _firstRow; row < _group!.Traces[_trace].EndRow; row++)
            facts.Add(_group.Starts[row], _group.Ends[row], _group.Failed[row], _group.AskedFor[row]);
    }

    public void AddTo(List<ReadOnlyMemory<byte>> spans)
    {
        var records = _group!.Records ?? throw new InvalidOperationException("BUG: records were not asked for");
        for (var row = _firstRow; row < _group.Traces[_trace].EndRow; row++)
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
