using System.Globalization;

namespace VmObs.Cli.Output;

/// <summary>Times as people say them.</summary>
internal static class RelativeTime
{
    private static readonly (long Seconds, string Unit)[] s_units = [(24 * 3600, "d"), (3600, "h"), (60, "m"), (1, "s")];

    /// <summary>"3m ago", "in 2h", "just now".</summary>
    public static string Format(DateTimeOffset time, DateTimeOffset now)
    {
        var seconds = (long)(now - time).TotalSeconds;
        return seconds == 0 ? "just now" : seconds > 0 ? $"{Span(seconds)} ago" : $"in {Span(-seconds)}";
    }

    /// <summary>The largest units of a span: "2h 5m", "45s".</summary>
    public static string Span(long seconds)
    {
        var first = Array.FindIndex(s_units, unit => seconds >= unit.Seconds);
        if (first < 0)
            return "0s";
        var (length, name) = s_units[first];
        var rest = first + 1 < s_units.Length ? seconds % length / s_units[first + 1].Seconds : 0;
        return rest == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / length}{name}")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / length}{name} {rest}{s_units[first + 1].Unit}");
    }
}
