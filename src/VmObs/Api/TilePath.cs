using System.Globalization;
using VmObs.Ledger.Merkle;

namespace VmObs.Api;

/// <summary>Which tile a path names. Source: C2SP tlog-tiles.</summary>
/// <param name="Level">Of hashes; null for a bundle of entries.</param>
/// <param name="Number">Counted from 0.</param>
/// <param name="Width">How many hashes or entries, 1 to 256.</param>
internal readonly record struct TilePath(int? Level, long Number, int Width)
{
    // 63 is the highest level that the format has; digits beyond a size that 64 bits can say name nothing.
    private const int MaxLevel = 63, MaxGroups = 6;

    /// <summary>Reads what follows "tile/"; null when it is not spelled as the format says.</summary>
    public static TilePath? TryParse(string path)
    {
        var parts = path.Split('/');
        var width = MerkleTiles.Width;
        if (parts.Length >= 3 && parts[^2].EndsWith(".p", StringComparison.Ordinal))
        {
            if (!TryDecimal(parts[^1], 1, MerkleTiles.Width - 1, out width))
                return null;
            parts = [.. parts[..^2], parts[^2][..^2]];
        }
        int? level = null;
        if (parts[0] != "entries")
        {
            if (!TryDecimal(parts[0], 0, MaxLevel, out var number))
                return null;
            level = number;
        }
        return NumberOf(parts.AsSpan(1)) is { } n ? new TilePath(level, n, width) : null;
    }

    // 1234067 is x001/x234/067: groups of three digits, all but the last after an x, the first one not zero unless it is the only one.
    private static long? NumberOf(ReadOnlySpan<string> groups)
    {
        if (groups.IsEmpty || groups.Length > MaxGroups || (groups.Length > 1 && groups[0] == "x000"))
            return null;
        var number = 0L;
        for (var i = 0; i < groups.Length; i++)
        {
            var digits = groups[i].AsSpan();
            if (i < groups.Length - 1)
            {
                if (!digits.StartsWith('x'))
                    return null;
                digits = digits[1..];
            }
            if (digits.Length != 3 || digits.ContainsAnyExceptInRange('0', '9'))
                return null;
            number = (number * 1000) + int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        }
        return number;
    }

    private static bool TryDecimal(string text, int min, int max, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= min && value <= max && text == value.ToString(CultureInfo.InvariantCulture);
}
