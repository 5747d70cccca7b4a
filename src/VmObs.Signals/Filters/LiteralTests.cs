using VmObs.Signals.Logs;
using VmObs.Signals.Texts;

namespace VmObs.Signals.Filters;

/// <summary>Makes the test that a comparison with a literal means for a field.</summary>
internal static class LiteralTests
{
    private static readonly (string Ending, double Nanos)[] s_units =
    [
        ("_nanos", 1), ("_ns", 1), ("_us", 1e3), ("_micros", 1e3), ("_ms", 1e6), ("_millis", 1e6), ("_milliseconds", 1e6),
        ("_seconds", 1e9), ("_s", 1e9), ("_secs", 1e9), ("_minutes", 60e9), ("_hours", 3600e9), ("_days", 86_400e9),
    ];

    private static readonly string[] s_durations = ["duration", "window", "interval", "timeout", "for", "age", "uptime", "latency"];

    /// <summary>The test, or what is wrong with the literal.</summary>
    public static (FilterTest? Test, FilterError? Error) Of(FilterPath path, Comparison comparison, in FilterToken literal)
    {
        var field = path.Segments[^1];
        switch (literal.Kind)
        {
            case FilterTokenKind.Number or FilterTokenKind.Size:
                return (new NumberTest(comparison, literal.Number), null);
            case FilterTokenKind.Duration:
                return UnitOf(field) is { } unit
                    ? (new DurationTest(comparison, (long)literal.Number, unit), null)
                    : (null, new FilterError(0, literal.Text, $"a number or text: \"{field}\" does not say its unit, as duration_ms does"));
            case FilterTokenKind.Text when field == "level":
                return OfLevel(comparison, literal.Text);
            case FilterTokenKind.Text:
                return (new TextTest(comparison, literal.Text), null);
            case FilterTokenKind.Word when literal.Text is "true" or "false":
                return comparison == Comparison.Equal
                    ? (new BooleanTest(literal.Text == "true"), null)
                    : (null, new FilterError(0, literal.Text, "== or != before true and false"));
            default:
                return (null, new FilterError(
                    0, literal.Kind == FilterTokenKind.End ? "the end" : literal.Text, "a value: 'text', 42, 1.5s, 10MiB, true, false",
                    literal.Kind == FilterTokenKind.Word ? $"'{literal.Text}'" : null));
        }
    }

    private static (FilterTest? Test, FilterError? Error) OfLevel(Comparison comparison, string text)
    {
        if (Levels.TryParse(text, out var level))
            return (new LevelTest(comparison, level), null);
        var names = Enum.GetValues<Level>().Select(static known => known.Name()).ToArray();
        return (null, new FilterError(0, $"'{text}'", string.Join(", ", names), NearestName.Of(text, names) is { } near ? $"'{near}'" : null));
    }

    private static double? UnitOf(string field)
    {
        foreach (var (ending, nanos) in s_units)
        {
            if (field.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return nanos;
        }
        return s_durations.Contains(field, StringComparer.OrdinalIgnoreCase) ? 0 : null;
    }
}
