using System.Text;
using VmObs.Signals;
using VmObs.Signals.Traces;

namespace VmObs.Tests.Support;

/// <summary>Canonical span records for tests, written by the product's own writer.</summary>
internal sealed record TestSpan(ulong Id, ulong Parent, string Name, string Service, string Node, string Start, long DurationMs)
{
    public static readonly TraceId Trace = new(0x0102030405060708, 0x090a0b0c0d0e0f10);

    public SpanStatus Status { get; init; } = SpanStatus.Ok;

    public SpanKind Kind { get; init; } = SpanKind.Internal;

    public string StatusMessage { get; init; } = "";

    public string Attributes { get; init; } = "";

    public string Events { get; init; } = "";

    public string Links { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Scope { get; init; } = "";

    public ReadOnlyMemory<byte> ToRecord()
    {
        using var buffer = new PooledBuffer();
        WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    public void WriteTo(PooledBuffer buffer)
    {
        if (!Rfc3339.TryParse(Start, out var start))
            throw new ArgumentException(Start);
        SpanRecordWriter.Begin(buffer, new SpanHead(Trace, Id, Parent, start, start + (DurationMs * 1_000_000), Kind, Status, 1));
        foreach (var text in new[] { Name, Service, Node, StatusMessage, "", Attributes, Events, Links, Resource, Scope })
            SpanRecordWriter.WriteText(buffer, Encoding.UTF8.GetBytes(text));
    }
}
