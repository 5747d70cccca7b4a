using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Traces;

namespace VmObs.Query.Documents;

/// <summary>A trace as lists show it, as JSON: SPEC 2.3's members but for the spans, and what sums them up.</summary>
/// <remarks><code>{"trace_id":"…","name":"treasury_settlement","service":"portal","start_time":"…","end_time":"…","duration_ms":2345,"status":"ok",
/// "span_count":4,"error_count":0,"services":["portal","treasury-engine","ledger","guardian"]}</code></remarks>
public static class FoundTraceDocument
{
    /// <summary>Writes the document.</summary>
    public static void Write(Utf8JsonWriter writer, FoundTrace trace)
    {
        Span<byte> time = stackalloc byte[Rfc3339.MaxBytes];
        writer.WriteStartObject();
        writer.WriteString("trace_id"u8, trace.Sent?.TraceId ?? trace.Id.ToString());
        writer.WriteString("name"u8, trace.Name);
        writer.WriteString("service"u8, trace.RootService);
        writer.WriteString("start_time"u8, time[..Rfc3339.Format(trace.StartUnixNanos, time)]);
        writer.WriteString("end_time"u8, time[..Rfc3339.Format(trace.EndUnixNanos, time)]);
        writer.WriteNumber("duration_ms"u8, (trace.EndUnixNanos - trace.StartUnixNanos) / 1_000_000m);
        writer.WriteString("status"u8, trace.FailedSpans > 0 ? "error"u8 : "ok"u8);
        writer.WriteNumber("span_count"u8, trace.Spans);
        writer.WriteNumber("error_count"u8, trace.FailedSpans);
        writer.WriteStartArray("services"u8);
        foreach (var service in trace.Services)
            writer.WriteStringValue(service);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
