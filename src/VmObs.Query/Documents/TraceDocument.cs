using System.Text;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Traces;

namespace VmObs.Query.Documents;

/// <summary>A trace as SPEC 2.3's JSON document, put together from the canonical records of its spans.</summary>
/// <remarks>A span has the SPEC's members first, in its order, then kind and status, and status_message, trace_state, events, links,
/// resource and scope where it has them. tags are the values of the spans' "tags" attributes (a text or an array of texts), each once.</remarks>
public static class TraceDocument
{
    /// <summary>Writes the document.</summary>
    /// <param name="writer">Gets one object.</param>
    /// <param name="spans">All spans of one trace, at least one, by start time.</param>
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        if (NativeTraceDocument.TryWrite(writer, spans))
            return;
        var summary = Summary.Of(spans);
        Span<byte> time = stackalloc byte[Rfc3339.MaxBytes];
        writer.WriteStartObject();
        writer.WriteString("trace_id"u8, NativeScope.CommonTraceId(spans) ?? new SpanRecord(spans[0].Span).TraceId.ToString());
        writer.WriteString("name"u8, new SpanRecord(spans[summary.Root].Span).Text(SpanText.Name));
        writer.WriteString("start_time"u8, time[..Rfc3339.Format(summary.Start, time)]);
        writer.WriteString("end_time"u8, time[..Rfc3339.Format(summary.End, time)]);
        writer.WriteNumber("duration_ms"u8, Milliseconds(summary.End - summary.Start));
        writer.WriteString("status"u8, summary.Failed ? "error"u8 : "ok"u8);
        writer.WriteStartArray("spans"u8);
        foreach (var span in spans)
            WriteSpan(writer, new SpanRecord(span.Span));
        writer.WriteEndArray();
        WriteTags(writer, spans);
        writer.WriteEndObject();
    }

    internal static void WriteSpan(Utf8JsonWriter writer, SpanRecord span)
    {
        Span<byte> time = stackalloc byte[Rfc3339.MaxBytes];
        writer.WriteStartObject();
        var native = NativeSpan.Read(span.Text(SpanText.Scope));
        WriteIds(writer, span, native);
        writer.WriteString("name"u8, span.Text(SpanText.Name));
        writer.WriteString("service"u8, span.Text(SpanText.Service));
        writer.WriteString("node"u8, NodeName.ToDid(Encoding.UTF8.GetString(span.Text(SpanText.Node))));
        writer.WriteString("start_time"u8, time[..Rfc3339.Format(span.StartUnixNanos, time)]);
        writer.WriteNumber("duration_ms"u8, Milliseconds(span.EndUnixNanos - span.StartUnixNanos));
        writer.WritePropertyName("attributes"u8);
        var attributes = span.Text(SpanText.Attributes);
        writer.WriteRawValue(attributes.IsEmpty ? "{}"u8 : attributes, skipInputValidation: true);
        WriteKindAndStatus(writer, span, native);
        if (!span.Text(SpanText.StatusMessage).IsEmpty)
            writer.WriteString("status_message"u8, span.Text(SpanText.StatusMessage));
        if (!span.Text(SpanText.TraceState).IsEmpty)
            writer.WriteString("trace_state"u8, span.Text(SpanText.TraceState));
        WriteJson(writer, "events"u8, span.Text(SpanText.Events));
        WriteJson(writer, "links"u8, span.Text(SpanText.Links));
        WriteJson(writer, "resource"u8, span.Text(SpanText.Resource));
        if (native is null)
            WriteJson(writer, "scope"u8, span.Text(SpanText.Scope));
        writer.WriteEndObject();
    }

    /// <summary>A span that came as a SPEC document has its ids as they were sent.</summary>
    private static void WriteIds(Utf8JsonWriter writer, SpanRecord span, NativeSpan? native)
    {
        writer.WriteString("span_id"u8, native?.SpanId ?? $"{span.SpanId:x16}");
        if (span.ParentSpanId == 0)
            writer.WriteNull("parent_span_id"u8);
        else
            writer.WriteString("parent_span_id"u8, native?.ParentSpanId ?? $"{span.ParentSpanId:x16}");
    }

    private static void WriteKindAndStatus(Utf8JsonWriter writer, SpanRecord span, NativeSpan? native)
    {
        if (native is null || span.Kind != SpanKind.Unspecified)
            writer.WriteString("kind"u8, SpanNames.Of(span.Kind));
        if (native is null)
            writer.WriteString("status"u8, SpanNames.Of(span.Status));
        else if (native.Status is { } said)
            writer.WriteString("status"u8, said);
    }

    private static void WriteJson(Utf8JsonWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
            return;
        writer.WritePropertyName(name);
        // Rendered by our own writer when the span arrived.
        writer.WriteRawValue(json, skipInputValidation: true);
    }

    private static void WriteTags(Utf8JsonWriter writer, IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        writer.WriteStartArray("tags"u8);
        foreach (var span in spans)
        {
            var attributes = new SpanRecord(span.Span).Text(SpanText.Attributes);
            if (attributes.IndexOf("\"tags\""u8) < 0)
                continue;
            var reader = new Utf8JsonReader(attributes);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var wanted = reader.ValueTextEquals("tags"u8);
                reader.Read();
                if (wanted)
                    WriteNew(writer, ref reader, seen);
                reader.Skip();
            }
        }
        writer.WriteEndArray();
    }

    private static void WriteNew(Utf8JsonWriter writer, ref Utf8JsonReader value, HashSet<string> seen)
    {
        var list = value;
        do
        {
            if (list.TokenType == JsonTokenType.String && list.GetString() is { } tag && seen.Add(tag))
                writer.WriteStringValue(tag);
        }
        while (value.TokenType == JsonTokenType.StartArray && list.Read() && list.CurrentDepth > value.CurrentDepth);
    }

    private static decimal Milliseconds(long nanos) => nanos / 1_000_000m;

    /// <summary>What is true of the trace as a whole; the root is the earliest span without a parent, else the earliest span.</summary>
    private readonly record struct Summary(int Root, long Start, long End, bool Failed)
    {
        public static Summary Of(IReadOnlyList<ReadOnlyMemory<byte>> spans)
        {
            int root = -1, earliest = 0;
            long start = long.MaxValue, end = long.MinValue;
            var failed = false;
            for (var i = 0; i < spans.Count; i++)
            {
                var span = new SpanRecord(spans[i].Span);
                if (span.StartUnixNanos < start)
                    (start, earliest) = (span.StartUnixNanos, i);
                if (span.ParentSpanId == 0 && (root < 0 || span.StartUnixNanos < new SpanRecord(spans[root].Span).StartUnixNanos))
                    root = i;
                end = Math.Max(end, span.EndUnixNanos);
                failed |= span.Status == SpanStatus.Error;
            }
            return new Summary(root < 0 ? earliest : root, start, end, failed);
        }
    }
}
