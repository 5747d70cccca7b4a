namespace VmObs.Signals.Wire.Otlp;

/// <summary>Prometheus's words for UCUM units: "By/s" → "bytes", "per_second".</summary>
internal static class UnitNames
{
    /// <summary>The words for what stands before and after the slash; empty where there is none, or an annotation in braces.</summary>
    public static (string Main, string Per) Of(string unit)
    {
        var slash = unit.IndexOf('/', StringComparison.Ordinal);
        var main = Trim(slash < 0 ? unit : unit[..slash]);
        var per = slash < 0 ? "" : Trim(unit[(slash + 1)..]);
        return (MainWord(main), per.Length == 0 ? "" : "per_" + PerWord(per));
    }

    private static string Trim(string unit)
    {
        unit = unit.Trim();
        return unit.AsSpan().ContainsAny('{', '}') ? "" : unit;
    }

    private static string MainWord(string unit) => unit switch
    {
        "d" => "days",
        "h" => "hours",
        "min" => "minutes",
        "s" => "seconds",
        "ms" => "milliseconds",
        "us" => "microseconds",
        "ns" => "nanoseconds",
        "By" => "bytes",
        "KiBy" => "kibibytes",
        "MiBy" => "mebibytes",
        "GiBy" => "gibibytes",
        "TiBy" => "tibibytes",
        "KBy" => "kilobytes",
        "MBy" => "megabytes",
        "GBy" => "gigabytes",
        "TBy" => "terabytes",
        "m" => "meters",
        "V" => "volts",
        "A" => "amperes",
        "J" => "joules",
        "W" => "watts",
        "g" => "grams",
        "Cel" => "celsius",
        "Hz" => "hertz",
        "1" => "",
        "%" => "percent",
        _ => unit,
    };

    private static string PerWord(string unit) => unit switch
    {
        "s" => "second",
        "m" => "minute",
        "h" => "hour",
        "d" => "day",
        "w" => "week",
        "mo" => "month",
        "y" => "year",
        _ => unit,
    };
}
