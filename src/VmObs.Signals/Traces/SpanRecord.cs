using System.Buffers.Binary;

namespace VmObs.Signals.Traces;

/// <summary>Reads one span from its canonical bytes, which are what the trees hash.</summary>
/// <remarks>
/// Layout, little-endian but for the ids:
/// <code>trace id 16 · span id 8 · parent span id 8 (zero: none) · start i64 · end i64 (Unix ns) · kind u8 · status u8 · flags u32
/// · then ten texts, each u32 length + UTF-8, in the order of <see cref="SpanText"/></code>
/// Attributes, events, links, resource and scope are compact JSON; an absent one is empty.
/// </remarks>
public readonly ref struct SpanRecord(ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes before the texts.</summary>
    public const int FixedBytes = 16 + 8 + 8 + 8 + 8 + 1 + 1 + 4;

    /// <summary>All of the record's bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>The trace that the span belongs to.</summary>
    public TraceId TraceId => TraceId.Read(Bytes);

    /// <summary>The span's id; its eight bytes read big-endian.</summary>
    public ulong SpanId => BinaryPrimitives.ReadUInt64BigEndian(Bytes[16..]);

    /// <summary>The parent's id; 0 for a root.</summary>
    public ulong ParentSpanId => BinaryPrimitives.ReadUInt64BigEndian(Bytes[24..]);

    /// <summary>Unix ns, UTC.</summary>
    public long StartUnixNanos => BinaryPrimitives.ReadInt64LittleEndian(Bytes[32..]);

    /// <summary>Unix ns, UTC; not before the start.</summary>
    public long EndUnixNanos => BinaryPrimitives.ReadInt64LittleEndian(Bytes[40..]);

    /// <summary>The span's role.</summary>
    public SpanKind Kind => (SpanKind)Bytes[48];

    /// <summary>The span's outcome.</summary>
    public SpanStatus Status => (SpanStatus)Bytes[49];

    /// <summary>W3C trace flags and OTLP's remote bits.</summary>
    public uint Flags => BinaryPrimitives.ReadUInt32LittleEndian(Bytes[50..]);

    /// <summary>One of the texts; walks over those before it.</summary>
    public ReadOnlySpan<byte> Text(SpanText which)
    {
        var rest = Bytes[FixedBytes..];
        for (var i = 0; i < (int)which; i++)
            rest = rest[(4 + BinaryPrimitives.ReadInt32LittleEndian(rest))..];
        return rest.Slice(4, BinaryPrimitives.ReadInt32LittleEndian(rest));
    }
}

/// <summary>The texts of a span record, in the order in which they stand.</summary>
public enum SpanText
{
    /// <summary>Operation name.</summary>
    Name = 0,

    /// <summary>Service (service.name).</summary>
    Service = 1,

    /// <summary>Short node name.</summary>
    Node = 2,

    /// <summary>The status's message.</summary>
    StatusMessage = 3,

    /// <summary>W3C tracestate.</summary>
    TraceState = 4,

    /// <summary>Attributes, a JSON object; empty when there are none.</summary>
    Attributes = 5,

    /// <summary>Events, a JSON array of {"name","timestamp","attributes"}; empty when there are none.</summary>
    Events = 6,

    /// <summary>Links, a JSON array of {"trace_id","span_id","trace_state","attributes"}; empty when there are none.</summary>
    Links = 7,

    /// <summary>Resource attributes, a JSON object; empty when there are none.</summary>
    Resource = 8,

    /// <summary>Instrumentation scope, a JSON object {"name","version","attributes"}; empty when not given.</summary>
    Scope = 9,
}
