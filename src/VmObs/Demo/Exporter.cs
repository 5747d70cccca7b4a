using System.Text.Json;

namespace VmObs.Demo;

/// <summary>What one service tells of itself and its node at each scrape: a document of SPEC 2.1.</summary>
/// <param name="node">Its node, short.</param>
/// <param name="service">Its name.</param>
/// <param name="gauges">What goes up and down.</param>
/// <param name="counters">What only grows.</param>
internal sealed class Exporter(string node, string service, IReadOnlyList<Gauge> gauges, IReadOnlyList<Counter> counters)
{
    private readonly double[] _totals = new double[counters.Count];

    /// <summary>Writes the document of one scrape.</summary>
    public void Write(DocumentLines lines, DateTimeOffset time, TimeSpan sinceLast)
    {
        var where = $"{service}@{node} ";
        var json = lines.Begin();
        json.WriteString("metric_id"u8, $"metric:{node}:{service}:{DocumentLines.Text(time)}");
        json.WriteString("node"u8, "did:vm:node:" + node);
        json.WriteString("timestamp"u8, DocumentLines.Text(time));
        json.WriteStartObject("metrics"u8);
        foreach (var gauge in gauges)
            json.WriteNumber(gauge.Name, gauge.At(where, time));
        for (var i = 0; i < counters.Count; i++)
            json.WriteNumber(counters[i].Name, Math.Floor(_totals[i] += counters[i].Growth(where, time, sinceLast)));
        json.WriteEndObject();
        json.WriteStartObject("labels"u8);
        json.WriteString("environment"u8, "production");
        json.WriteString("region"u8, "eu-west");
        json.WriteString("service"u8, service);
        json.WriteEndObject();
        json.WriteString("collection_method"u8, "prometheus_scrape");
        json.WriteNumber("scrape_duration_ms"u8, Math.Round(Chance.Between(20, 60, where, time)));
        lines.End();
    }
}
