namespace VmObs.Demo;

/// <summary>A line that a service logs: a document of SPEC 2.2.</summary>
/// <param name="Time">When.</param>
/// <param name="Level">How grave.</param>
/// <param name="Service">Who.</param>
/// <param name="Node">Where, short.</param>
/// <param name="Message">What.</param>
internal sealed record MeshLogLine(DateTimeOffset Time, string Level, string Service, string Node, string Message)
{
    public IReadOnlyList<(string Name, object Value)> Attributes { get; init; } = [];

    /// <summary>The request that it is about, and the span of it; null: none.</summary>
    public string? TraceId { get; init; }

    public string? SpanId { get; init; }

    /// <summary>Writes the document.</summary>
    public void Write(DocumentLines lines)
    {
        var json = lines.Begin();
        json.WriteString("timestamp"u8, DocumentLines.Text(Time));
        json.WriteString("level"u8, Level);
        json.WriteString("service"u8, Service);
        json.WriteString("node"u8, "did:vm:node:" + Node);
        json.WriteString("message"u8, Message);
        json.WriteStartObject("attributes"u8);
        DocumentLines.WriteFields(json, Attributes);
        json.WriteEndObject();
        if (TraceId is not null)
        {
            json.WriteString("trace_id"u8, TraceId);
            json.WriteString("span_id"u8, SpanId);
        }
        lines.End();
    }
}
