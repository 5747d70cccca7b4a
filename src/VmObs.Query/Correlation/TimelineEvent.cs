using System.Text.Json;
using VmObs.Signals;

namespace VmObs.Query.Correlation;

/// <summary>Something that happened around a time.</summary>
/// <param name="AtUnixNanos">When, Unix ns, UTC.</param>
/// <param name="Source">What told of it.</param>
/// <param name="Text">What happened, for a person: "brick-02 cpu_percent starts rising".</param>
public sealed record TimelineEvent(long AtUnixNanos, EventSource Source, string Text)
{
    /// <summary>Where, short; null where that is not known or several.</summary>
    public string? Node { get; init; }

    /// <summary>Of which service; null where that is not known or several.</summary>
    public string? Service { get; init; }

    /// <summary>What to look at next: the metric's name, the trace's id, the receipt's key; null: nothing.</summary>
    public string? Reference { get; init; }

    /// <summary>Writes it as {"timestamp","source","node","service","text","reference"}; what is null is left out.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("timestamp"u8, Rfc3339.FormatShort(AtUnixNanos));
        json.WriteString("source"u8, NameOf(Source));
        if (Node is not null)
            json.WriteString("node"u8, NodeName.ToDid(Node));
        if (Service is not null)
            json.WriteString("service"u8, Service);
        json.WriteString("text"u8, Text);
        if (Reference is not null)
            json.WriteString("reference"u8, Reference);
        json.WriteEndObject();
    }

    private static string NameOf(EventSource source) => source switch
    {
        EventSource.Metric => "metric",
        EventSource.Log => "log",
        EventSource.Trace => "trace",
        EventSource.Alert => "alert",
        EventSource.Anomaly => "anomaly",
        _ => "receipt",
    };
}
