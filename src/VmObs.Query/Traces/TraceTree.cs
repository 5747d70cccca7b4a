using VmObs.Signals.Traces;

namespace VmObs.Query.Traces;

/// <summary>The spans of a trace as a tree, whatever senders made of it: parents that never came, spans that are their own ancestors, and clocks
/// that do not agree.</summary>
/// <remarks>Spans are numbered in the order given. Costs a constant per span; the depth of the tree is not bounded, so nothing here recurses.</remarks>
public sealed class TraceTree
{
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _spans;
    private readonly int[] _parents;
    private readonly bool[] _hasLostParent;
    private readonly int[][] _children;
    private readonly long[] _skews;

    private TraceTree(IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        _spans = spans;
        _parents = new int[spans.Count];
        _hasLostParent = new bool[spans.Count];
        FindParents();
        CutCycles();
        _children = ToChildren();
        Roots = [.. Enumerable.Range(0, spans.Count).Where(span => _parents[span] < 0)];
        _skews = ClockSkew.Estimate(this);
        TopDown = Order();
        var (start, end) = (long.MaxValue, long.MinValue);
        for (var span = 0; span < spans.Count; span++)
            (start, end) = (Math.Min(start, Start(span)), Math.Max(end, End(span)));
        (StartUnixNanos, EndUnixNanos) = (start, SentTrace.Of(spans)?.EndOf(end) ?? end);
    }

    /// <summary>Number of spans.</summary>
    public int Count => _spans.Count;

    /// <summary>Spans without a parent in the trace, in order.</summary>
    public IReadOnlyList<int> Roots { get; }

    /// <summary>All spans, each after its parent.</summary>
    public IReadOnlyList<int> TopDown { get; }

    /// <summary>Start of the earliest span, clocks put right.</summary>
    public long StartUnixNanos { get; }

    /// <summary>End of the latest span, clocks put right; where the trace came as a SPEC document, what its sender said.</summary>
    public long EndUnixNanos { get; }

    /// <summary>Spans that were their own ancestors; each begins a tree of its own.</summary>
    public int Cycles { get; private set; }

    /// <summary>Builds the tree.</summary>
    /// <param name="spans">Canonical records of one trace, at least one, by start.</param>
    public static TraceTree Build(IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        ArgumentOutOfRangeException.ThrowIfZero(spans.Count);
        return new TraceTree(spans);
    }

    /// <summary>A span's record.</summary>
    public SpanRecord Record(int span) => new(_spans[span].Span);

    /// <summary>Its parent; -1 for none.</summary>
    public int ParentOf(int span) => _parents[span];

    /// <summary>Whether it names a parent that is not in the trace.</summary>
    public bool HasLostParent(int span) => _hasLostParent[span];

    /// <summary>Its children, in order.</summary>
    public ReadOnlySpan<int> ChildrenOf(int span) => _children[span];

    /// <summary>By how much its clock is set back to agree with its caller's, ns.</summary>
    public long SkewOf(int span) => _skews[span];

    /// <summary>Its start, Unix ns, clocks put right.</summary>
    public long Start(int span) => Record(span).StartUnixNanos - _skews[span];

    /// <summary>Its end, Unix ns, clocks put right.</summary>
    public long End(int span) => Record(span).EndUnixNanos - _skews[span];

    private void FindParents()
    {
        var byId = new Dictionary<ulong, int>(_spans.Count);
        for (var span = 0; span < _spans.Count; span++)
            byId.TryAdd(Record(span).SpanId, span);
        for (var span = 0; span < _spans.Count; span++)
        {
            var parent = Record(span).ParentSpanId;
            _parents[span] = parent != 0 && byId.TryGetValue(parent, out var found) ? found : -1;
            _hasLostParent[span] = parent != 0 && _parents[span] < 0;
        }
    }

    // The first span of a cycle in order becomes a root.
    private void CutCycles()
    {
        const byte unseen = 0, onWay = 1, done = 2;
        var states = new byte[_spans.Count];
        var way = new List<int>();
        for (var begin = 0; begin < _spans.Count; begin++)
        {
            way.Clear();
            var span = begin;
            for (; span >= 0 && states[span] == unseen; span = _parents[span])
            {
                states[span] = onWay;
                way.Add(span);
            }
            if (span >= 0 && states[span] == onWay)
            {
                var cut = way.Skip(way.IndexOf(span)).Min();
                _parents[cut] = -1;
                Cycles++;
            }
            foreach (var seen in way)
                states[seen] = done;
        }
    }

    private int[][] ToChildren()
    {
        var counts = new int[_spans.Count];
        foreach (var parent in _parents)
        {
            if (parent >= 0)
                counts[parent]++;
        }
        var children = new int[_spans.Count][];
        for (var span = 0; span < children.Length; span++)
            children[span] = counts[span] == 0 ? [] : new int[counts[span]];
        Array.Clear(counts);
        for (var span = 0; span < _parents.Length; span++)
        {
            if (_parents[span] is >= 0 and var parent)
                children[parent][counts[parent]++] = span;
        }
        return children;
    }

    private int[] Order()
    {
        var order = new List<int>(_spans.Count);
        order.AddRange(Roots);
        for (var next = 0; next < order.Count; next++)
            order.AddRange(_children[order[next]]);
        return [.. order];
    }
}
