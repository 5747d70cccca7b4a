using VmObs.Signals.Metrics;

namespace VmObs.Query.Metrics;

/// <summary>Metrics that stand under one name in the OpenMetrics text format: a histogram's parts, or a single metric.</summary>
/// <param name="Name">The family's name there.</param>
/// <param name="Type">What it is there: "counter".</param>
/// <param name="Unit">As the sender gave it; empty when not given.</param>
/// <param name="Metrics">The metrics' own names.</param>
internal sealed record MetricFamily(string Name, string Type, string Unit, IReadOnlyList<string> Metrics)
{
    private const string Unknown = "unknown";

    /// <summary>Whether a family's samples of one time stand together.</summary>
    public bool IsCompound => Type is "histogram" or "summary";

    /// <summary>The families of some metrics, by name.</summary>
    public static IReadOnlyList<MetricFamily> Of(IReadOnlyDictionary<string, (MetricKind Kind, string Unit)> metrics)
    {
        var families = metrics.Select(metric => (Metric: metric.Key, metric.Value.Unit, Place: PlaceOf(metric.Key, metric.Value.Kind)))
            .GroupBy(metric => metric.Place.Family, StringComparer.Ordinal)
            // Of one name and two types, as of a gauge x and a counter x_total, each metric stands alone.
            .SelectMany(group => group.Select(metric => metric.Place.Type).Distinct().Count() == 1
                ? [new MetricFamily(group.Key, group.First().Place.Type, group.First().Unit, [.. group.Select(metric => metric.Metric)])]
                : group.Select(metric => new MetricFamily(OpenMetricsText.Name(metric.Metric), Unknown, "", [metric.Metric])));
        return [.. families.GroupBy(family => family.Name, StringComparer.Ordinal).Select(Join).OrderBy(family => family.Name, StringComparer.Ordinal)];
    }

    // Names that the format cannot tell apart ("a.b" and "a-b").
    private static MetricFamily Join(IGrouping<string, MetricFamily> families) =>
        families.Count() == 1 ? families.First() : new MetricFamily(families.Key, Unknown, "", [.. families.SelectMany(family => family.Metrics)]);

    private static (string Family, string Type) PlaceOf(string metric, MetricKind kind)
    {
        var name = OpenMetricsText.Name(metric);
        return kind switch
        {
            MetricKind.Histogram => (Without(name, "_bucket", "_sum", "_count"), "histogram"),
            MetricKind.Summary => (Without(name, "_sum", "_count"), "summary"),
            // The format has no counter, and no info, of another name.
            MetricKind.Counter when name.EndsWith("_total", StringComparison.Ordinal) => (Without(name, "_total"), "counter"),
            MetricKind.Info when name.EndsWith("_info", StringComparison.Ordinal) => (Without(name, "_info"), "info"),
            MetricKind.Gauge or MetricKind.UpDownCounter => (name, "gauge"),
            _ => (name, Unknown),
        };
    }

    private static string Without(string name, params ReadOnlySpan<string> suffixes)
    {
        foreach (var suffix in suffixes)
        {
            if (name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal))
                return name[..^suffix.Length];
        }
        return name;
    }
}
