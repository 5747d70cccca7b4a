using VmObs.Signals;
using VmObs.Signals.Texts;

namespace VmObs.Query.Times;

/// <summary>A half-open range of event time.</summary>
/// <param name="FromUnixNanos">Inclusive.</param>
/// <param name="ToUnixNanos">Exclusive.</param>
public readonly record struct TimeRange(long FromUnixNanos, long ToUnixNanos)
{
    /// <summary>Reads what a caller gave: from and to, or last (which ends at to, or now).</summary>
    /// <param name="from">Null: as far back as there is anything, or as the default says.</param>
    /// <param name="to">Null: everything up to the latest record. An agent's clock may run a little ahead, so that is an hour from now.</param>
    /// <param name="last">A duration; not beside from.</param>
    /// <param name="nowUnixNanos">What "now" is.</param>
    /// <param name="defaultLastNanos">How far back a caller looks who says neither from nor last; null: to the beginning.</param>
    /// <param name="range">The range.</param>
    /// <returns>Null when it was read.</returns>
    public static TimeError? Parse(string? from, string? to, string? last, long nowUnixNanos, long? defaultLastNanos, out TimeRange range)
    {
        range = default;
        var end = nowUnixNanos;
        if (to is not null && TimeExpression.Parse("to", to, nowUnixNanos, out end) is { } toError)
            return toError;
        var start = defaultLastNanos is { } back ? end - back : 0;
        if (last is not null)
        {
            if (from is not null)
                return new TimeError("last", last, "either `last` or `from`, not both");
            if (!DurationText.TryParse(last, out var length) || length == 0)
                return new TimeError("last", last, DurationText.Suggest(last) is { } better ? $"{DurationText.Wanted}; did you mean {better}?" : DurationText.Wanted);
            start = end - length;
        }
        else if (from is not null && TimeExpression.Parse("from", from, nowUnixNanos, out start) is { } fromError)
        {
            return fromError;
        }
        range = new TimeRange(start, to is null ? Math.Max(nowUnixNanos, start) + HourId.LengthNanos : end);
        return range.FromUnixNanos < range.ToUnixNanos
            ? null
            : new TimeError("to", to!, $"a time after `from` ({Rfc3339.FormatShort(start)})");
    }
}
