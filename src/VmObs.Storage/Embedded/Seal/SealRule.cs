using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Seal;

/// <summary>Which hours to seal at a moment.</summary>
/// <param name="NowUnixNanos">The clock.</param>
/// <param name="AllEnded">Every ended hour, rather than those that fall due.</param>
internal readonly record struct SealRule(long NowUnixNanos, bool AllEnded)
{
    /// <summary>Whether an hour is to be sealed.</summary>
    public bool Applies(HourFile name, long firstArrivalUnixNanos, long lastArrivalUnixNanos) =>
        AllEnded
            ? HourSchedule.HasEnded(name.Hour, NowUnixNanos)
            : HourSchedule.IsDue(name.Hour, name.LateIndex > 0, firstArrivalUnixNanos, lastArrivalUnixNanos, NowUnixNanos);
}
