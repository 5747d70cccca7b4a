using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Head;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Walks over parts that are in memory.</summary>
/// <param name="parts">By id.</param>
/// <param name="matcher">Says which spans are asked for.</param>
internal sealed class MemoryPartCursor(IReadOnlyList<TracePartInMemory> parts, TraceMatcher matcher) : ITracePartCursor
{
    private int _at = -1;

    public TraceId Id => parts[_at].Id;

    public bool MoveNext() => ++_at < parts.Count;

    // Its spans are looked at one by one.
    public TraceBlock TakeWhole(TraceId? before) => default;

    public void AddTo(ref TraceFacts facts)
    {
        var spans = parts[_at].Spans;
        for (var i = 0; i < spans.Count; i++)
            facts.Add(new SpanRecord(spans[i].Span), matcher);
    }

    public void AddTo(List<ReadOnlyMemory<byte>> spans) => spans.AddRange(parts[_at].Spans);

    public void Dispose()
    {
    }
}
