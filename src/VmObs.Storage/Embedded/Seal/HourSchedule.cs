using VmObs.Signals;

namespace VmObs.Storage.Embedded.Seal;

/// <summary>When an hour seals. Source: docs/architecture.md, "When an hour seals".</summary>
internal static class HourSchedule
{
    /// <summary>An ended hour seals when nothing has arrived for it for this long, ns.</summary>
    public const long GraceNanos = 5L * 60 * 1_000_000_000;

    /// <summary>And at the latest this long after its end, or after its first arrival where that came later, ns.</summary>
    public const long LatestNanos = HourId.LengthNanos;

    /// <summary>Whether the hour has ended.</summary>
    public static bool HasEnded(HourId hour, long nowUnixNanos) => nowUnixNanos >= hour.EndUnixNanos;

    /// <summary>Whether the hour falls due.</summary>
    /// <param name="hour">The hour.</param>
    /// <param name="late">Whether this is a late batch: those wait for their hour, so that there is at most one an hour.</param>
    /// <param name="firstArrivalUnixNanos">First arrival of data for this file.</param>
    /// <param name="lastArrivalUnixNanos">Last arrival of data for this file.</param>
    /// <param name="nowUnixNanos">The clock.</param>
    public static bool IsDue(HourId hour, bool late, long firstArrivalUnixNanos, long lastArrivalUnixNanos, long nowUnixNanos) =>
        HasEnded(hour, nowUnixNanos)
        && ((!late && nowUnixNanos - lastArrivalUnixNanos >= GraceNanos)
            || nowUnixNanos - Math.Max(hour.EndUnixNanos, firstArrivalUnixNanos) >= LatestNanos);
}
