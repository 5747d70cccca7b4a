using System.Text;

namespace VmObs.Signals.Wire.JsonLogs;

/// <summary>Under which members a JSON log record has its parts, as the rules say.</summary>
internal sealed class JsonLogKeys(IngestRules rules)
{
    public byte[][] Time { get; } = Encode(rules.TimeKeys);

    public byte[][] Level { get; } = Encode(rules.LevelKeys);

    public byte[][] Message { get; } = Encode(rules.MessageKeys);

    public byte[][] Service { get; } = Encode(rules.ServiceKeys);

    public byte[][] Node { get; } = Encode(rules.NodeKeys);

    public static byte[][] TraceId { get; } = Encode(["trace_id", "traceId", "traceID", "trace.id"]);

    public static byte[][] SpanId { get; } = Encode(["span_id", "spanId", "spanID", "span.id"]);

    public static byte[][] Caller { get; } = Encode(["caller"]);

    private static byte[][] Encode(IEnumerable<string> names) => [.. names.Select(Encoding.UTF8.GetBytes)];
}
