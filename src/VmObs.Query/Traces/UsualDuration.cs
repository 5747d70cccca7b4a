namespace VmObs.Query.Traces;

/// <summary>How long spans of one service and name usually take.</summary>
/// <param name="Compared">How many were looked at.</param>
/// <param name="MedianNanos">Half of them took at most this long.</param>
/// <param name="P95Nanos">95 % of them took at most this long.</param>
public sealed record UsualDuration(int Compared, long MedianNanos, long P95Nanos)
{
    /// <summary>Sums up durations by nearest rank; null for none.</summary>
    /// <param name="nanos">Durations; sorted in place.</param>
    public static UsualDuration? Of(List<long> nanos)
    {
        if (nanos.Count == 0)
            return null;
        nanos.Sort();
        return new UsualDuration(nanos.Count, Rank(nanos, 0.5), Rank(nanos, 0.95));
    }

    private static long Rank(List<long> sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
}
