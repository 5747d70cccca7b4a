namespace VmObs.Query.Correlation;

/// <summary>What is looked at: so much before a time and after it, and what was usual before that.</summary>
/// <param name="AtUnixNanos">The time in the middle, Unix ns, UTC.</param>
/// <param name="EachWayNanos">How far it goes each way, ns.</param>
public readonly record struct TimelineWindow(long AtUnixNanos, long EachWayNanos)
{
    private const long MinuteNanos = 60L * 1_000_000_000;

    /// <summary>How long before the window is looked at to know what is usual, ns.</summary>
    private const long BaselineNanos = 120 * MinuteNanos;

    /// <summary>Its beginning, inclusive.</summary>
    public long FromUnixNanos => AtUnixNanos - EachWayNanos;

    /// <summary>Its end, inclusive: what happens on the stroke belongs to it.</summary>
    public long ToUnixNanos => AtUnixNanos + EachWayNanos;

    /// <summary>Up to here is looked at to know whether what begins in the window lasts, inclusive.</summary>
    public long AftermathToUnixNanos => ToUnixNanos + (3 * MinuteNanos);

    /// <summary>From here up to the window's beginning lies what is usual; on a full minute.</summary>
    public long BaselineFromUnixNanos => (FromUnixNanos - BaselineNanos) / MinuteNanos * MinuteNanos;

    /// <summary>Whether a time lies in it.</summary>
    public bool Contains(long unixNanos) => unixNanos >= FromUnixNanos && unixNanos <= ToUnixNanos;
}
