using System.Globalization;

namespace VmObs.Cli;

/// <summary>The engine's own metrics as its page /metrics shows them.</summary>
/// <param name="text">Prometheus's text format 0.0.4: <c>vmobs_ingest_records_total{signal="logs"} 12</c>.</param>
internal sealed class MetricsPage(string text)
{
    /// <summary>Sums of a metric's series by one of its labels.</summary>
    public SortedDictionary<string, double> SumBy(string metric, string label)
    {
        var sums = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            if (!line.StartsWith(metric + "{", StringComparison.Ordinal) || line.LastIndexOf('}') is not (> 0 and var end))
                continue;
            var (from, value) = (line.IndexOf($"{label}=\"", StringComparison.Ordinal), line[(end + 1)..].Trim().Split(' ')[0]);
            if (from < 0 || !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                continue;
            var name = line[(from + label.Length + 2)..];
            name = name[..name.IndexOf('"', StringComparison.Ordinal)];
            sums[name] = sums.GetValueOrDefault(name) + number;
        }
        return sums;
    }
}
