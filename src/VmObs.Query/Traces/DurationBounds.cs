using System.Globalization;

namespace VmObs.Query.Traces;

/// <summary>How long a trace may take, as people write it: "&gt;1s", "&gt;=250ms", "&lt;5s", "1s..5s", "1.5s..".</summary>
/// <param name="MinNanos">Inclusive; the smallest number when there is no lower bound.</param>
/// <param name="MaxNanos">Inclusive; the largest number when there is no upper bound.</param>
public readonly record struct DurationBounds(long MinNanos, long MaxNanos)
{
    /// <summary>What can stand for bounds.</summary>
    public const string Wanted = ">1s, >=250ms, <5s, <=1.5s or 1s..5s";

    /// <summary>What can stand for one bound.</summary>
    public const string BoundWanted = "a duration such as 250ms, 1.5s or 2m";

    // Larger units first, and "ms" before "m" and "s": the first that the text ends with is its unit.
    private static readonly (string Unit, decimal Nanos)[] s_units =
        [("ns", 1), ("us", 1_000), ("µs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60m * 1_000_000_000), ("h", 3_600m * 1_000_000_000), ("d", 86_400m * 1_000_000_000)];

    /// <summary>No bounds.</summary>
    public static DurationBounds None => new(long.MinValue, long.MaxValue);

    /// <summary>Reads bounds; false for any other text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DurationBounds bounds)
    {
        bounds = None;
        text = text.Trim();
        if (text.IndexOf("..") is >= 0 and var dots)
            return dots + 2 <= text.Length && text.Length > 2 && TryParseRange(text[..dots], text[(dots + 2)..], out bounds);
        var isLower = text.StartsWith(">");
        if (!isLower && !text.StartsWith("<"))
            return false;
        text = text[1..];
        var isInclusive = text.StartsWith("=");
        if (!TryParseNanos((isInclusive ? text[1..] : text).Trim(), out var nanos))
            return false;
        if (isLower)
            bounds = new DurationBounds(isInclusive ? nanos : nanos + 1, long.MaxValue);
        else
            bounds = new DurationBounds(long.MinValue, isInclusive ? nanos : nanos - 1);
        return true;
    }

    /// <summary>Reads a duration of one unit, with a fraction or without; false for any other text, and beyond 100 years.</summary>
    public static bool TryParseNanos(ReadOnlySpan<char> text, out long nanos)
    {
        nanos = 0;
        foreach (var (unit, unitNanos) in s_units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
                continue;
            if (!decimal.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count) || count > 100m * 366 * 86_400 * 1_000_000_000 / unitNanos)
                return false;
            nanos = (long)(count * unitNanos);
            return true;
        }
        return false;
    }

    private static bool TryParseRange(ReadOnlySpan<char> from, ReadOnlySpan<char> to, out DurationBounds bounds)
    {
        bounds = None;
        var (min, max) = (long.MinValue, long.MaxValue);
        if ((!from.IsEmpty && !TryParseNanos(from.Trim(), out min)) || (!to.IsEmpty && !TryParseNanos(to.Trim(), out max)) || min > max)
            return false;
        bounds = new DurationBounds(min, max);
        return true;
    }
}
