using System.Text;
using VmObs.Signals;
using VmObs.Signals.Traces;

namespace VmObs.Tests.Query.Traces;

/// <summary>Traces as tests draw them: a line a span, its id, its parent, and from where to where it ran, ms.</summary>
/// <remarks><code>a -  0 100 client@node-1
/// b a 10  90 server@node-2</code></remarks>
internal static class DrawnTrace
{
    public const long Start = 1_765_031_400_000_000_000;
    private const long Millisecond = 1_000_000;

    /// <summary>The records of a drawing, by start.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Of(string drawing) =>
        [.. drawing.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Record).OrderBy(record => new SpanRecord(record.Span).StartUnixNanos)];

    /// <summary>A span's name: its letter.</summary>
    public static string NameOf(SpanRecord span) => Encoding.UTF8.GetString(span.Text(SpanText.Name));

    private static ReadOnlyMemory<byte> Record(string line)
    {
        var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (kind, node) = parts.Length > 4 && parts[4].Split('@') is [var k, var n] ? (Enum.Parse<SpanKind>(k, ignoreCase: true), n) : (SpanKind.Internal, "node-1");
        using var buffer = new PooledBuffer();
        SpanRecordWriter.Begin(buffer, new SpanHead(
            TestTrace, IdOf(parts[0]), IdOf(parts[1]), Start + (long.Parse(parts[2]) * Millisecond), Start + (long.Parse(parts[3]) * Millisecond), kind, SpanStatus.Ok, 0));
        foreach (var text in new[] { parts[0], $"service-{parts[0]}", node, "", "", "", "", "", "", "" })
            SpanRecordWriter.WriteText(buffer, Encoding.UTF8.GetBytes(text));
        return buffer.WrittenSpan.ToArray();
    }

    private static TraceId TestTrace => new(1, 2);

    private static ulong IdOf(string letter) => letter == "-" ? 0UL : letter[0];
}
