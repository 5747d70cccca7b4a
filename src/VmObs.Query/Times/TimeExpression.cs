using System.Globalization;
using VmObs.Signals;
using VmObs.Signals.Texts;

namespace VmObs.Query.Times;

/// <summary>Points in time as people write them.</summary>
/// <remarks>RFC 3339 ("2025-12-06T14:30:00Z"), a date ("2025-12-01": its 00:00 UTC), "now", and "-15m" or "now-15m" before now.</remarks>
public static class TimeExpression
{
    /// <summary>What can stand for a point in time.</summary>
    public const string Wanted = "a time such as 2025-12-06T14:30:00Z, 2025-12-06, -15m or now";

    /// <summary>Reads a point in time.</summary>
    /// <param name="where">The name to report it by.</param>
    /// <param name="text">The text.</param>
    /// <param name="nowUnixNanos">What "now" is.</param>
    /// <param name="unixNanos">The time, Unix ns, UTC.</param>
    /// <returns>Null when it was read.</returns>
    public static TimeError? Parse(string where, string text, long nowUnixNanos, out long unixNanos)
    {
        unixNanos = nowUnixNanos;
        if (text == "now")
            return null;
        var relative = text.StartsWith("now", StringComparison.Ordinal) ? text.AsSpan(3) : text.AsSpan();
        if (relative.StartsWith("-") && DurationText.TryParse(relative[1..], out var ago))
        {
            unixNanos = nowUnixNanos - ago;
            return null;
        }
        if (TryParseDate(text, out unixNanos) || Rfc3339.TryParse(text, out unixNanos))
            return null;
        return new TimeError(where, text, Suggest(text) is { } better ? $"{Wanted}; did you mean {better}?" : Wanted);
    }

    private static bool TryParseDate(ReadOnlySpan<char> text, out long unixNanos)
    {
        unixNanos = 0;
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            || date.Year is < 1678 or > 2261)
            return false;
        unixNanos = (date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) * 24 * HourId.LengthNanos;
        return true;
    }

    private static string? Suggest(string text)
    {
        // A time without an offset could be anyone's: never guessed, only offered.
        if (Rfc3339.TryParse(text + "Z", out _))
            return text.Replace(' ', 'T') + "Z";
        if (text.Length == 16 && Rfc3339.TryParse(text + ":00Z", out _))
            return text.Replace(' ', 'T') + ":00Z";
        if (DurationText.TryParse(text, out _))
            return "-" + text;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 100_000_000 and < 100_000_000_000)
            return Rfc3339.FormatShort(number * 1_000_000_000);
        return DurationText.Suggest(text.TrimStart('-')) is { } duration && text.Length > 1 && char.IsAsciiDigit(text.TrimStart('-')[0]) ? "-" + duration : null;
    }
}
