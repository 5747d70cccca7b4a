using System.Globalization;

namespace VmObs.Signals.Texts;

/// <summary>Durations as people write them: "1h", "1h30m", "7d", "2w", "500ms". Units: ns us (µs) ms s m h d w, the larger first.</summary>
public static class DurationText
{
    /// <summary>What can stand for a duration.</summary>
    public const string Wanted = "a duration such as 30s, 15m, 1h30m, 24h, 7d or 2w";

    private static readonly (string Unit, long Nanos)[] Units =
    [
        ("w", 7 * 86_400L * 1_000_000_000), ("d", 86_400L * 1_000_000_000), ("h", 3_600L * 1_000_000_000),
        ("m", 60L * 1_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("µs", 1_000), ("ns", 1),
    ];

    /// <summary>Reads a duration; false for any other text, and beyond 100 years.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long nanos)
    {
        nanos = 0;
        var next = 0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || !long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                return false;
            text = text[digits..];
            var letters = text.IndexOfAnyInRange('0', '9');
            var name = letters < 0 ? text : text[..letters];
            if (!TryTakeUnit(name, ref next, out var unit) || count > 100L * 366 * 86_400 * 1_000_000_000 / unit)
                return false;
            nanos += count * unit;
            text = text[name.Length..];
        }
        return next > 0;
    }

    /// <summary>A spelling that would be read, for one that was not: "1 hour" → "1h"; null when none is near.</summary>
    public static string? Suggest(ReadOnlySpan<char> text)
    {
        var digits = text.IndexOfAnyExceptInRange('0', '9');
        if (digits < 0)
            return text.IsEmpty ? null : $"{text}m";
        var name = text[digits..].Trim().ToString().ToLowerInvariant();
        string? unit = name switch
        {
            "sec" or "secs" or "second" or "seconds" or "s" => "s",
            "min" or "mins" or "minute" or "minutes" or "m" => "m",
            "hr" or "hrs" or "hour" or "hours" or "h" => "h",
            "day" or "days" or "d" => "d",
            "week" or "weeks" or "w" => "w",
            "mo" or "month" or "months" => "d",
            _ => null,
        };
        if (digits == 0 || unit is null)
            return null;
        return name.StartsWith("mo", StringComparison.Ordinal) ? "30d" : $"{text[..digits]}{unit}";
    }

    private static bool TryTakeUnit(ReadOnlySpan<char> name, ref int next, out long nanos)
    {
        nanos = 0;
        // A unit stands once and after the larger ones, so that "1m5h" is not read as something it does not say.
        for (; next < Units.Length; next++)
        {
            if (!name.SequenceEqual(Units[next].Unit))
                continue;
            nanos = Units[next++].Nanos;
            return true;
        }
        return false;
    }
}
