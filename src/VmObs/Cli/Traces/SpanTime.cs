using System.Globalization;

namespace VmObs.Cli.Traces;

/// <summary>Times of spans as people read them: three digits that count, in the unit that suits.</summary>
internal static class SpanTime
{
    private static readonly (decimal Milliseconds, string Unit)[] s_units = [(3_600_000, "h"), (60_000, "min"), (1_000, "s"), (1, "ms"), (0.001m, "µs")];

    /// <summary>"2.34 s", "150 ms", "12.5 µs", "0 ms".</summary>
    public static string Format(decimal milliseconds)
    {
        var size = Math.Abs(milliseconds);
        foreach (var (unit, name) in s_units)
        {
            if (size < unit)
                continue;
            var value = milliseconds / unit;
            var digits = Math.Abs(value) >= 100 ? 0 : Math.Abs(value) >= 10 ? 1 : 2;
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(value, digits):0.##} {name}");
        }
        return size == 0 ? "0 ms" : string.Create(CultureInfo.InvariantCulture, $"{Math.Round(milliseconds * 1_000_000, 0):0} ns");
    }

    /// <summary>"85.3 %".</summary>
    public static string Share(decimal share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.0} %");
}
