using System.Globalization;
using System.Text.Json;
using VmObs.Cli.Output;

namespace VmObs.Cli.Traces;

/// <summary>Times of traces and spans as people read them: three digits that count, in the unit that suits; milliseconds up to ten seconds, as the SPEC writes them.</summary>
internal static class SpanTime
{
    private static readonly (decimal From, decimal Milliseconds, string Unit)[] s_units = [(3_600_000, 3_600_000, "h"), (60_000, 60_000, "min"), (10_000, 1_000, "s"), (1, 1, "ms"), (0.001m, 0.001m, "µs")];

    /// <summary>"12.3 s", "2345 ms", "12.5 µs", "0 ms".</summary>
    public static string Format(decimal milliseconds)
    {
        var size = Math.Abs(milliseconds);
        foreach (var (from, unit, name) in s_units)
        {
            if (size < from)
                continue;
            var value = milliseconds / unit;
            var digits = Math.Abs(value) >= 100 ? 0 : Math.Abs(value) >= 10 ? 1 : 2;
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(value, digits, MidpointRounding.AwayFromZero):0.##} {name}");
        }
        return size == 0 ? "0 ms" : string.Create(CultureInfo.InvariantCulture, $"{Math.Round(milliseconds * 1_000_000, 0):0} ns");
    }

    /// <summary>The time that a member of a document says; its text, where it is no number.</summary>
    public static string Format(JsonElement document, string member) =>
        document.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number ? Format(value.GetDecimal()) : document.Field(member);

    /// <summary>"85.3 %".</summary>
    public static string Share(decimal share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.0} %");
}
