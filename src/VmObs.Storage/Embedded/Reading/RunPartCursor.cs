using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Walks over one class of traces in a run's part: within a class they stand by id. The run is held while it is used.</summary>
internal sealed class RunPartCursor : ITracePartCursor
{
    private readonly RunPart _run;
    private readonly bool _failed;
    private readonly TraceMatcher _matcher;
    private readonly QueryBudget _budget;
    private readonly RunCursor _cursor;
    private readonly List<ReadOnlyMemory<byte>> _spans = [];
    private bool _isBegun;

    public RunPartCursor(RunPart run, bool failed, TraceMatcher matcher)
    {
        (_run, _failed, _matcher, _budget) = (run, failed, matcher, matcher.Query.Budget);
        _cursor = run.Open();
    }

    public TraceId Id { get; private set; }

    public bool MoveNext()
    {
        if (!(_isBegun ? _cursor.MoveNext() : Begin()))
            return false;
        var (failed, key) = ReadKey();
        if (failed != _failed)
            return false;
        Id = key.Id;
        _budget.Read(_cursor.Payload.Length);
        return true;
    }

    // Its spans are looked at one by one.
    public TraceBlock TakeWhole(TraceId? before) => default;

    public void AddTo(ref TraceFacts facts)
    {
        for (var rest = TracePayload.Begin(_cursor.Payload, out var left); left > 0; left--)
            facts.Add(new SpanRecord(TracePayload.Next(ref rest)), _matcher);
    }

    public void AddTo(List<ReadOnlyMemory<byte>> spans)
    {
        // A copy, for they are kept beyond the block.
        _spans.Clear();
        TracePayload.Read(_cursor.Payload.ToArray(), _spans);
        spans.AddRange(_spans);
    }

    public void Dispose() => _cursor.Dispose();

    private bool Begin()
    {
        _isBegun = true;
        Span<byte> key = stackalloc byte[TraceRunKey.Bytes];
        TraceRunKey.Write(key, _failed, default);
        return _cursor.Seek(key);
    }

    private (bool Failed, TraceKey Key) ReadKey()
    {
        try
        {
            return TraceRunKey.Read(_cursor.Key);
        }
        catch (FormatException error)
        {
            throw new DamagedFileException(_run.File.Path, _run.Section.Offset, error.Message, "the key of a trace");
        }
    }
}
