using VmObs.Signals.Traces;

namespace VmObs.Query.Traces;

/// <summary>Estimates how far the clocks of a trace's nodes are apart, from calls: the server's span lies within the client's.</summary>
/// <remarks>As Jaeger and Zipkin do: where a server's span on another node does not lie within its client's and is not longer, it is put into the
/// middle of it, and with it all that it called. A span that is longer, or is no answer to a call, may well outlive its parent: it stays.</remarks>
internal static class ClockSkew
{
    /// <summary>For each span by how much its times are ahead, ns.</summary>
    public static long[] Estimate(TraceTree tree)
    {
        var skews = new long[tree.Count];
        var rest = new Stack<int>(tree.Roots);
        while (rest.TryPop(out var parent))
        {
            foreach (var child in tree.ChildrenOf(parent))
            {
                skews[child] = IsOtherClock(tree.Record(parent), tree.Record(child))
                    ? Between(tree.Record(parent), tree.Record(child), skews[parent])
                    : skews[parent];
                rest.Push(child);
            }
        }
        return skews;
    }

    private static bool IsOtherClock(SpanRecord parent, SpanRecord child) => !parent.Text(SpanText.Node).SequenceEqual(child.Text(SpanText.Node));

    // The child's clock is taken for right as far as that is possible: a call between nodes whose clocks agree is left as it is.
    private static long Between(SpanRecord parent, SpanRecord child, long parentSkew)
    {
        var (start, end) = (parent.StartUnixNanos - parentSkew, parent.EndUnixNanos - parentSkew);
        var slack = end - start - (child.EndUnixNanos - child.StartUnixNanos);
        var isCall = parent.Kind == SpanKind.Client && child.Kind == SpanKind.Server;
        if (!isCall || slack < 0 || (child.StartUnixNanos >= start && child.EndUnixNanos <= end))
            return 0;
        return child.StartUnixNanos - start - (slack / 2);
    }
}
