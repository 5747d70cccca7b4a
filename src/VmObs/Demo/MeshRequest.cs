namespace VmObs.Demo;

/// <summary>One request through the mesh: a document of SPEC 2.3, and the log lines that it leaves.</summary>
/// <param name="Name">The trace's name.</param>
/// <param name="Start">When it came in.</param>
/// <param name="Spans">The request first, then its parts.</param>
internal sealed record MeshRequest(string Name, DateTimeOffset Start, IReadOnlyList<MeshSpan> Spans)
{
    private string TraceDigits => Chance.Hex(32, Name, Start);

    public string TraceId => "trace-" + TraceDigits;

    public IReadOnlyList<string> Tags { get; init; } = [];

    public double DurationMs => Spans[0].DurationMs;

    public DateTimeOffset End => Start.AddMilliseconds(DurationMs);

    public bool HasFailed => Spans.Any(span => span.Failure is not null);

    public string SpanId(int number) => "span-" + Chance.Hex(16, $"{TraceDigits} {number}", Start);

    /// <summary>A line that one of its spans logs at its end.</summary>
    public MeshLogLine Line(int span, string level, string message, params (string Name, object Value)[] attributes) =>
        new(Start.AddMilliseconds(Spans[span].StartMs + Spans[span].DurationMs), level, Spans[span].Service, Spans[span].Node, message)
        {
            Attributes = attributes, TraceId = TraceId, SpanId = SpanId(span),
        };

    /// <summary>Writes the document.</summary>
    public void Write(DocumentLines lines)
    {
        var json = lines.Begin();
        json.WriteString("trace_id"u8, TraceId);
        json.WriteString("name"u8, Name);
        json.WriteString("start_time"u8, DocumentLines.Text(Start));
        json.WriteString("end_time"u8, DocumentLines.Text(End));
        json.WriteNumber("duration_ms"u8, DurationMs);
        json.WriteString("status"u8, HasFailed ? "error" : "ok");
        json.WriteStartArray("spans"u8);
        for (var i = 0; i < Spans.Count; i++)
            WriteSpan(json, i);
        json.WriteEndArray();
        json.WriteStartArray("tags"u8);
        foreach (var tag in Tags)
            json.WriteStringValue(tag);
        json.WriteEndArray();
        lines.End();
    }

    private void WriteSpan(System.Text.Json.Utf8JsonWriter json, int number)
    {
        var span = Spans[number];
        json.WriteStartObject();
        json.WriteString("span_id"u8, SpanId(number));
        if (number == 0)
            json.WriteNull("parent_span_id"u8);
        else
            json.WriteString("parent_span_id"u8, SpanId(span.Parent));
        json.WriteString("name"u8, span.Name);
        json.WriteString("service"u8, span.Service);
        json.WriteString("node"u8, "did:vm:node:" + span.Node);
        json.WriteString("start_time"u8, DocumentLines.Text(Start.AddMilliseconds(span.StartMs)));
        json.WriteNumber("duration_ms"u8, span.DurationMs);
        if (span.Failure is { } failure)
        {
            json.WriteString("status"u8, "error");
            json.WriteString("status_message"u8, failure);
        }
        json.WriteStartObject("attributes"u8);
        DocumentLines.WriteFields(json, span.Attributes);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
