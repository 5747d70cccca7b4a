using System.Text.Json;

namespace VmObs.Signals.Traces;

/// <summary>What the sender of a SPEC 2.3 document said of the whole trace.</summary>
/// <param name="TraceId">Its id as it was sent.</param>
public sealed record SentTrace(string TraceId)
{
    /// <summary>Its name; null where the document says none, or the trace came in several.</summary>
    public string? Name { get; init; }

    /// <summary>Its end, Unix ns; null as above, and where it is no RFC 3339 time.</summary>
    public long? EndUnixNanos { get; init; }

    /// <summary>Its duration in milliseconds, not negative; null as above.</summary>
    public double? DurationMs { get; init; }

    /// <summary>Its tags that are texts.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The trace's end, Unix ns: what its sender said; the last span's, where he said none, or one that lies before it or over an hour behind it.</summary>
    /// <param name="endUnixNanos">End of the latest span.</param>
    public long EndOf(long endUnixNanos) =>
        EndUnixNanos is { } told && told >= endUnixNanos && told - endUnixNanos <= HourId.LengthNanos ? told : endUnixNanos;

    /// <summary>Reads it off a trace's spans; null where any came otherwise, or under another text.</summary>
    /// <param name="spans">Canonical records.</param>
    public static SentTrace? Of(IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        if (NativeScope.CommonTraceId(spans) is not { } id)
            return null;
        JsonElement? document = null;
        foreach (var span in spans)
        {
            var reader = new Utf8JsonReader(new SpanRecord(span.Span).Text(SpanText.Scope));
            if (!JsonElement.ParseValue(ref reader).TryGetProperty("trace", out var trace))
                continue;
            // What one document says of the whole need not be true of several.
            if (document is not null)
                return new SentTrace(id);
            document = trace;
        }
        return document is { } only ? Read(id, only) : new SentTrace(id);
    }

    private static SentTrace Read(string id, JsonElement document) => new(id)
    {
        Name = document.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null,
        EndUnixNanos = document.TryGetProperty("end_time", out var end) && end.ValueKind == JsonValueKind.String && Rfc3339.TryParse(end.GetString(), out var time) ? time : null,
        DurationMs = document.TryGetProperty("duration_ms", out var duration) && duration.ValueKind == JsonValueKind.Number && duration.TryGetDouble(out var ms) && ms >= 0 && double.IsFinite(ms) ? ms : null,
        Tags = document.TryGetProperty("tags", out var tags) && tags.ValueKind == JsonValueKind.Array
            ? [.. tags.EnumerateArray().Where(static tag => tag.ValueKind == JsonValueKind.String).Select(static tag => tag.GetString()!)]
            : [],
    };
}
