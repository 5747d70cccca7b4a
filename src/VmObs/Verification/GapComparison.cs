using System.Globalization;
using System.Text.Json;

namespace VmObs.Verification;

/// <summary>Compares the totals of an obs_gap with its sources: what they come to together is what the whole says.</summary>
internal static class GapComparison
{
    private static readonly string[] s_kinds = ["refused", "late", "dropped"];

    /// <summary>Findings of one receipt; none for one that counts no records.</summary>
    public static IEnumerable<string> Findings(JsonElement receipt)
    {
        try
        {
            return receipt.GetProperty("reason").ValueEquals("records") ? Compare(receipt) : [];
        }
        catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return [$"receipt seq {receipt.GetProperty("seq")}: found an obs_gap with other members, expected those of docs/format/receipts.md: {error.Message}"];
        }
    }

    private static List<string> Compare(JsonElement receipt)
    {
        var findings = new List<string>();
        var totals = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var sums = new SortedDictionary<string, long>(StringComparer.Ordinal);
        Add(totals, receipt);
        foreach (var source in receipt.GetProperty("sources").EnumerateArray())
            Add(sums, source);
        if (receipt.TryGetProperty("sources_rest", out var rest))
            Add(sums, rest);
        foreach (var count in totals.Keys.Union(sums.Keys))
        {
            var (total, sum) = (totals.GetValueOrDefault(count), sums.GetValueOrDefault(count));
            if (total != sum)
                findings.Add($"receipt seq {receipt.GetProperty("seq")}: found {count} {sum} in its sources together, expected {total} as the whole says");
        }
        return findings;
    }

    // refused.logs.too_far_ahead.records
    private static void Add(SortedDictionary<string, long> sums, JsonElement counts)
    {
        foreach (var kind in s_kinds)
            foreach (var signal in counts.GetProperty(kind).EnumerateObject())
                foreach (var reason in signal.Value.EnumerateObject())
                    foreach (var unit in reason.Value.EnumerateObject())
                    {
                        var path = $"{kind}.{signal.Name}.{reason.Name}.{unit.Name}";
                        sums[path] = sums.GetValueOrDefault(path) + Number(unit.Value);
                    }
    }

    // Integers beyond 2^53 - 1 are strings.
    private static long Number(JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? long.Parse(element.GetString()!, CultureInfo.InvariantCulture) : element.GetInt64();
}
