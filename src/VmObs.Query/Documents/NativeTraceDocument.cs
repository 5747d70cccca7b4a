using System.Text.Json;
using VmObs.Signals.Traces;

namespace VmObs.Query.Documents;

/// <summary>Writes a trace that came as one SPEC 2.3 document as it went in.</summary>
/// <remarks>A trace that came in several documents, or partly over OTLP, is put together like any other: what one sender said of the whole
/// need not be true of it.</remarks>
internal static class NativeTraceDocument
{
    // The SPEC's members before the spans, in its order; the others follow them.
    private static readonly string[] Leading = ["name", "start_time", "end_time", "duration_ms", "status"];

    /// <summary>Writes the document; false where the spans did not come in one.</summary>
    public static bool TryWrite(Utf8JsonWriter writer, IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        if (OnlyDocument(spans) is not ({ Trace: { } trace } first))
            return false;
        writer.WriteStartObject();
        writer.WriteString("trace_id"u8, first.TraceId);
        foreach (var name in Leading)
        {
            if (!trace.TryGetProperty(name, out var value))
                continue;
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }
        writer.WriteStartArray("spans"u8);
        foreach (var span in spans)
            TraceDocument.WriteSpan(writer, new SpanRecord(span.Span));
        writer.WriteEndArray();
        foreach (var member in trace.EnumerateObject())
        {
            if (!Leading.Contains(member.Name))
                member.WriteTo(writer);
        }
        writer.WriteEndObject();
        return true;
    }

    private static NativeSpan? OnlyDocument(IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        NativeSpan? found = null;
        foreach (var span in spans)
        {
            if (NativeSpan.Read(new SpanRecord(span.Span).Text(SpanText.Scope)) is not { } native)
                return null;
            if (native.Trace is null)
                continue;
            if (found is not null)
                return null;
            found = native;
        }
        return found;
    }
}
