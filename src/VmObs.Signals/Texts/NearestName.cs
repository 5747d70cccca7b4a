namespace VmObs.Signals.Texts;

/// <summary>Finds what somebody probably meant.</summary>
public static class NearestName
{
    /// <summary>The name that begins or is the beginning of the text, else the one with the fewest edits, at most a third of its length
    /// (at least 2); null when none is near.</summary>
    public static string? Of(string text, IEnumerable<string> names)
    {
        names = names as IReadOnlyCollection<string> ?? [.. names];
        if (text.Length >= 3 && names.FirstOrDefault(name => SharesBeginning(name, text)) is { } longer)
            return longer;
        var (best, edits) = ((string?)null, Math.Max(2, text.Length / 3) + 1);
        foreach (var name in names)
        {
            var distance = Distance(text, name);
            if (distance < edits)
                (best, edits) = (name, distance);
        }
        return best;
    }

    private static bool SharesBeginning(string name, string text) =>
        name.Length >= 3 && (name.StartsWith(text, StringComparison.OrdinalIgnoreCase) || text.StartsWith(name, StringComparison.OrdinalIgnoreCase));

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }
        return row[b.Length];
    }
}
