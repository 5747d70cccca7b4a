namespace VmObs.Query.Traces;

/// <summary>A piece of time that a trace waited for one span's own work.</summary>
/// <param name="Span">The span; <see cref="CriticalPath.Nobody"/> while none of the trace's ran.</param>
/// <param name="FromUnixNanos">Inclusive.</param>
/// <param name="ToUnixNanos">Exclusive.</param>
public readonly record struct PathPiece(int Span, long FromUnixNanos, long ToUnixNanos)
{
    /// <summary>Its length.</summary>
    public long Nanos => ToUnixNanos - FromUnixNanos;
}

/// <summary>What a trace's duration is made of: making a span on the path faster makes the trace faster, making any other one faster does not.</summary>
/// <remarks>
/// Walked backwards from the trace's end. A span waited for the child that ended last before the point reached; between that end and the point it
/// worked itself; the walk goes on in the child, then at the child's start (Yang and Miller 1988; "CRISP", Zhang et al. 2022). A child that outlives
/// its parent was not waited for: it is on the path only where the whole trace ends with it, and then the walk goes on with the parent that began it.
/// </remarks>
public sealed class CriticalPath
{
    /// <summary>Stands for no span.</summary>
    public const int Nobody = -1;

    private readonly TraceTree _tree;
    private readonly int[][] _byEnd;
    private readonly List<PathPiece> _pieces = [];
    private readonly Stack<Step> _steps = new();

    private CriticalPath(TraceTree tree)
    {
        _tree = tree;
        _byEnd = new int[tree.Count][];
    }

    /// <summary>The path's pieces in order of time, without gaps from the trace's start to its end; pieces of no length are left out.</summary>
    public static IReadOnlyList<PathPiece> Of(TraceTree tree)
    {
        var path = new CriticalPath(tree);
        path.Run();
        path._pieces.Reverse();
        return path._pieces;
    }

    private void Run()
    {
        // What may end the trace, or a time before which nobody ran: spans that no other one waited for.
        var tops = Enumerable.Range(0, _tree.Count).Where(IsTop).ToArray();
        // Of those that end together the one that began first is what the others are a part of.
        Array.Sort(tops, (a, b) => _tree.End(a) != _tree.End(b) ? _tree.End(b).CompareTo(_tree.End(a)) : _tree.Start(a).CompareTo(_tree.Start(b)));
        var at = _tree.EndUnixNanos;
        foreach (var top in tops)
        {
            if (at <= _tree.StartUnixNanos)
                break;
            // Of those that still ran only a root may have been what came before: others were not waited for.
            if (_tree.Start(top) >= at || (_tree.End(top) > at && _tree.ParentOf(top) >= 0))
                continue;
            var end = Math.Min(_tree.End(top), at);
            Add(Nobody, end, at);
            at = Climb(top, end);
        }
        Add(Nobody, _tree.StartUnixNanos, at);
    }

    private bool IsTop(int span) => _tree.ParentOf(span) is var parent && (parent < 0 || _tree.End(span) > _tree.End(parent));

    /// <summary>Accounts for the time of a span, then of its ancestors before it, as far as they ran.</summary>
    /// <returns>Where that time begins.</returns>
    private long Climb(int span, long at)
    {
        for (; span >= 0; span = _tree.ParentOf(span))
        {
            // An ancestor may have ended by then, or have begun later where clocks do not agree.
            if (_tree.Start(span) >= at || _tree.End(span) < at)
                continue;
            Walk(span, at);
            at = _tree.Start(span);
        }
        return at;
    }

    /// <summary>Accounts for the time from a span's start to a point of its time.</summary>
    private void Walk(int span, long at)
    {
        _steps.Push(new Step(span, at, _tree.Start(span), 0));
        while (_steps.TryPop(out var step))
        {
            var children = ByEnd(step.Span);
            var next = step.Next;
            while (next < children.Length && _tree.End(children[next]) > step.At)
                next++;
            if (next == children.Length || _tree.End(children[next]) <= step.Floor)
            {
                Add(step.Span, step.Floor, step.At);
                continue;
            }
            var child = children[next];
            var (start, end) = (Math.Max(_tree.Start(child), step.Floor), _tree.End(child));
            Add(step.Span, end, step.At);
            _steps.Push(new Step(step.Span, start, step.Floor, next + 1));
            _steps.Push(new Step(child, end, start, 0));
        }
    }

    private int[] ByEnd(int span)
    {
        if (_byEnd[span] is { } sorted)
            return sorted;
        sorted = _tree.ChildrenOf(span).ToArray();
        Array.Sort(sorted, (a, b) => _tree.End(b).CompareTo(_tree.End(a)));
        return _byEnd[span] = sorted;
    }

    // From the end towards the start: the last piece is the one that follows.
    private void Add(int span, long from, long to)
    {
        if (from >= to)
            return;
        if (_pieces.Count > 0 && _pieces[^1] is var following && following.Span == span && following.FromUnixNanos == to)
            _pieces[^1] = following with { FromUnixNanos = from };
        else
            _pieces.Add(new PathPiece(span, from, to));
    }

    /// <param name="Span">Whose time is accounted for.</param>
    /// <param name="At">From here backwards.</param>
    /// <param name="Floor">To here: its start, or its parent's where that is later.</param>
    /// <param name="Next">The first of its children by end that may still be taken.</param>
    private readonly record struct Step(int Span, long At, long Floor, int Next);
}
