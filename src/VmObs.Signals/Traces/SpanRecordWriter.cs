using System.Buffers.Binary;

namespace VmObs.Signals.Traces;

/// <summary>The fixed part of a span, as a writer takes it.</summary>
/// <param name="TraceId">Not zero.</param>
/// <param name="SpanId">Not zero; eight bytes read big-endian.</param>
/// <param name="ParentSpanId">0 for a root.</param>
/// <param name="StartUnixNanos">Unix ns, UTC.</param>
/// <param name="EndUnixNanos">Unix ns, UTC; not before the start.</param>
/// <param name="Kind">Role.</param>
/// <param name="Status">Outcome.</param>
/// <param name="Flags">W3C trace flags and OTLP's remote bits.</param>
public readonly record struct SpanHead(
    TraceId TraceId, ulong SpanId, ulong ParentSpanId, long StartUnixNanos, long EndUnixNanos, SpanKind Kind, SpanStatus Status, uint Flags);

/// <summary>Writes span records (see <see cref="SpanRecord"/>): <see cref="Begin"/>, ten texts in their order, done.</summary>
/// <remarks>Texts that are rendered in place are framed by <see cref="BeginText"/> and <see cref="EndText"/>.</remarks>
public static class SpanRecordWriter
{
    /// <summary>Writes the fixed part.</summary>
    public static void Begin(PooledBuffer destination, in SpanHead head)
    {
        var span = destination.GetSpan(SpanRecord.FixedBytes)[..SpanRecord.FixedBytes];
        head.TraceId.Write(span);
        BinaryPrimitives.WriteUInt64BigEndian(span[16..], head.SpanId);
        BinaryPrimitives.WriteUInt64BigEndian(span[24..], head.ParentSpanId);
        BinaryPrimitives.WriteInt64LittleEndian(span[32..], head.StartUnixNanos);
        BinaryPrimitives.WriteInt64LittleEndian(span[40..], head.EndUnixNanos);
        span[48] = (byte)head.Kind;
        span[49] = (byte)head.Status;
        BinaryPrimitives.WriteUInt32LittleEndian(span[50..], head.Flags);
        destination.Advance(SpanRecord.FixedBytes);
    }

    /// <summary>Writes one text.</summary>
    public static void WriteText(PooledBuffer destination, ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination.GetSpan(4), text.Length);
        destination.Advance(4);
        destination.Write(text);
    }

    /// <summary>Leaves room for a text's length; the text is then written to the buffer directly.</summary>
    /// <returns>A mark for <see cref="EndText"/>.</returns>
    public static int BeginText(PooledBuffer destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination.GetSpan(4), 0);
        destination.Advance(4);
        return destination.Length;
    }

    /// <summary>Fills in the length of the text written since the mark.</summary>
    public static void EndText(PooledBuffer destination, int mark) => destination.PatchInt32(mark - 4, destination.Length - mark);
}
