namespace VmObs.Query.Traces;

/// <summary>How long each span worked itself: its time without that in which any of its children ran.</summary>
internal static class SelfTime
{
    /// <summary>Self times by span, ns.</summary>
    public static long[] Of(TraceTree tree)
    {
        var times = new long[tree.Count];
        var intervals = new List<(long Start, long End)>();
        for (var span = 0; span < times.Length; span++)
        {
            var (start, end) = (tree.Start(span), tree.End(span));
            intervals.Clear();
            foreach (var child in tree.ChildrenOf(span))
                intervals.Add((Math.Max(tree.Start(child), start), Math.Min(tree.End(child), end)));
            intervals.Sort();
            var (covered, reached) = (0L, start);
            foreach (var (from, to) in intervals)
            {
                covered += Math.Max(0, to - Math.Max(from, reached));
                reached = Math.Max(reached, to);
            }
            times[span] = end - start - covered;
        }
        return times;
    }
}
