using System.Text.Json;
using VmObs.Signals.Traces;

namespace VmObs.Query.Documents;

/// <summary>What a span keeps of the SPEC document that it came in.</summary>
/// <param name="TraceId">The trace's id as it was sent.</param>
/// <param name="SpanId">Its own.</param>
/// <param name="ParentSpanId">Its parent's; null for a root.</param>
/// <param name="Status">Its status; null when it had none.</param>
/// <param name="Trace">The document's members save its id and spans, on its first span; else default.</param>
internal sealed record NativeSpan(string TraceId, string SpanId, string? ParentSpanId, string? Status, JsonElement? Trace)
{
    /// <summary>Reads a span's scope; null where it is not one of these.</summary>
    public static NativeSpan? Read(ReadOnlySpan<byte> scope)
    {
        if (!NativeScope.Is(scope))
            return null;
        var reader = new Utf8JsonReader(scope);
        var document = JsonElement.ParseValue(ref reader);
        return new NativeSpan(
            Text(document, "trace_id") ?? "", Text(document, "span_id") ?? "", Text(document, "parent_span_id"), Text(document, "status"),
            document.TryGetProperty("trace", out var trace) ? trace : null);
    }

    private static string? Text(JsonElement document, string name) => document.TryGetProperty(name, out var value) ? value.GetString() : null;
}
