using System.Text.Json;

namespace VmObs.Signals.Traces;

/// <summary>What a span that came as a SPEC 2.3 document keeps in its scope, so that the document comes back as it went in.</summary>
/// <remarks><code>{"name":"vm-obs/native","trace_id":"trace-abc123…","span_id":"span-001","parent_span_id":null,"status":"ok","trace":{…}}</code>
/// The ids stand as they were sent; status only when the span had one; trace on the document's first span: its members save trace_id and spans.
/// No OTLP scope looks like this: its members are name, version and attributes.</remarks>
public static class NativeScope
{
    /// <summary>With what the text begins, up to the trace id's quotes.</summary>
    public static ReadOnlySpan<byte> Prefix => "{\"name\":\"vm-obs/native\",\"trace_id\":"u8;

    /// <summary>Whether a span's scope is one.</summary>
    public static bool Is(ReadOnlySpan<byte> scope) => scope.StartsWith(Prefix);

    /// <summary>The trace's id as it was sent; null where the scope is not one.</summary>
    public static string? TraceIdOf(ReadOnlySpan<byte> scope)
    {
        if (!Is(scope))
            return null;
        // What follows the prefix is the id's text, and members that nobody asks for here.
        var reader = new Utf8JsonReader(scope[Prefix.Length..], isFinalBlock: false, default);
        return reader.Read() && reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
    }

    /// <summary>The id under which all spans of a trace were sent as SPEC documents; null where any came otherwise, or under another text.</summary>
    /// <param name="spans">Canonical records.</param>
    public static string? CommonTraceId(IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        string? id = null;
        foreach (var span in spans)
        {
            if (TraceIdOf(new SpanRecord(span.Span).Text(SpanText.Scope)) is not { } sent || sent != (id ??= sent))
                return null;
        }
        return id;
    }
}
