using System.Globalization;

namespace VmObs.Cli.Charts;

/// <summary>Numbers as people read them: four digits, and a letter for thousands.</summary>
internal static class ValueText
{
    private static readonly (double From, double Unit, string Letter)[] s_units = [(1e12, 1e12, "T"), (1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")];

    /// <summary>"23.5", "1.073G", "0.00012", "NaN".</summary>
    public static string Format(double value)
    {
        if (double.IsNaN(value))
            return "NaN";
        if (double.IsInfinity(value))
            return value > 0 ? "+Inf" : "-Inf";
        foreach (var (from, unit, letter) in s_units)
        {
            if (Math.Abs(value) >= from && Math.Abs(value) < 1e16)
                return (value / unit).ToString("0.###", CultureInfo.InvariantCulture) + letter;
        }
        return Math.Abs(value) is 0 or (>= 0.001 and < 1e4) ? value.ToString("0.####", CultureInfo.InvariantCulture) : value.ToString("0.###E0", CultureInfo.InvariantCulture);
    }
}
