using System.Globalization;

namespace VmObs.Scrape.Jobs;

/// <summary>Formats that targets are asked for, under Prometheus's names.</summary>
/// <remarks>https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config, scrape_protocols.</remarks>
internal static class ScrapeProtocols
{
    private const int HighestWeight = 6;

    private static readonly Dictionary<string, string> s_types = new(StringComparer.Ordinal)
    {
        ["PrometheusProto"] = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
        ["OpenMetricsText1.0.0"] = "application/openmetrics-text;version=1.0.0",
        ["OpenMetricsText0.0.1"] = "application/openmetrics-text;version=0.0.1",
        ["PrometheusText1.0.0"] = "text/plain;version=1.0.0",
        ["PrometheusText0.0.4"] = "text/plain;version=0.0.4",
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> All { get; } = [.. s_types.Keys];

    /// <summary>Text alone.</summary>
    public static IReadOnlyList<string> Text { get; } = [.. All.Skip(1)];

    /// <summary>The Accept header that asks for them, the first one first, and for anything where the target has none of them.</summary>
    public static string Accept(IReadOnlyList<string> protocols)
    {
        var weight = HighestWeight;
        return string.Join(',', protocols.Select(name => s_types[name]).Append("*/*").Select(type => string.Create(CultureInfo.InvariantCulture, $"{type};q=0.{weight--}")));
    }
}
