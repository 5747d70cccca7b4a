using System.Globalization;

namespace VmObs.Signals.Texts;

/// <summary>Sizes as people write them: 512MiB, 2GiB, 500MB, 1048576.</summary>
public static class SizeText
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("KB", 1_000), ("B", 1),
    ];

    /// <summary>Reads a size up to 1 PiB; false for any other text.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var (unit, scale) = Units.FirstOrDefault(unit => text.EndsWith(unit.Unit, StringComparison.Ordinal), ("", 1));
        if (!long.TryParse(text.AsSpan(0, text.Length - unit.Length).TrimEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count > (1L << 50) / scale)
            return false;
        bytes = count * scale;
        return true;
    }

    /// <summary>A size in the largest unit that divides it.</summary>
    public static string Format(long bytes)
    {
        var (unit, scale) = Units.First(unit => (bytes % unit.Bytes == 0 && unit.Unit.EndsWith("iB", StringComparison.Ordinal)) || unit.Bytes == 1);
        return $"{bytes / scale}{unit}";
    }
}
