using System.Buffers.Binary;
using System.Text.Unicode;
using VmObs.Signals.Traces;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Renders span records from OTLP Spans.</summary>
internal sealed class OtlpSpanWriter(OtlpContext context, PooledBuffer boundNode)
{
    /// <summary>Writes one record.</summary>
    /// <param name="message">The Span, read to its end; its attributes are all that the context's list holds.</param>
    /// <param name="again">The Span at its start, for events and links.</param>
    /// <param name="span">Its parts.</param>
    /// <param name="text">Gets the record.</param>
    public void Write(ref ProtobufReader message, ref ProtobufReader again, in OtlpSpan span, PooledBuffer text)
    {
        var (status, statusMessage) = ReadStatus(ref message, span.Status);
        var parent = span.ParentSpanId.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64BigEndian(message.Span(span.ParentSpanId));
        SpanRecordWriter.Begin(text, new SpanHead(
            TraceId.Read(message.Span(span.TraceId)),
            BinaryPrimitives.ReadUInt64BigEndian(message.Span(span.SpanId)),
            parent,
            (long)span.Start,
            (long)span.End,
            span.Kind <= (ulong)SpanKind.Consumer ? (SpanKind)span.Kind : SpanKind.Unspecified,
            status,
            span.Flags));
        WriteText(text, message.Span(span.Name));
        WriteText(text, context.Service);
        WriteText(text, boundNode.Length > 0 ? boundNode.WrittenSpan : context.Node);
        WriteText(text, message.Span(statusMessage));
        WriteText(text, message.Span(span.TraceState));
        WriteAttributes(ref message, text);
        WriteArray(again, OtlpSpan.EventsField, span.HasEvents, text);
        WriteArray(again, OtlpSpan.LinksField, span.HasLinks, text);
        SpanRecordWriter.WriteText(text, context.ResourceJson);
        SpanRecordWriter.WriteText(text, context.ScopeJson);
    }

    private static (SpanStatus Status, WireSlice Message) ReadStatus(ref ProtobufReader message, WireSlice slice)
    {
        var reader = message.Open(slice, 1);
        ulong code = 0;
        WireSlice text = default;
        while (reader.NextField())
        {
            switch (reader.Tag)
            {
                case 2 << 3 | ProtobufReader.Bytes: text = reader.ReadSlice(); break;
                case 3 << 3 | ProtobufReader.Varint: code = reader.ReadVarint(); break;
                default: reader.Skip(OtlpSchema.Status.Known); break;
            }
        }
        return (code <= (ulong)SpanStatus.Error ? (SpanStatus)code : SpanStatus.Unset, text);
    }

    private void WriteText(PooledBuffer text, ReadOnlySpan<byte> value)
    {
        if ((long)text.Length + value.Length > context.Values.Limit)
        {
            context.Values.Overflowed = true;
            return;
        }
        if (Utf8.IsValid(value))
        {
            SpanRecordWriter.WriteText(text, value);
            return;
        }
        var mark = SpanRecordWriter.BeginText(text);
        Utf8Text.Repair(value, text);
        SpanRecordWriter.EndText(text, mark);
    }

    private void WriteAttributes(ref ProtobufReader message, PooledBuffer text)
    {
        var mark = SpanRecordWriter.BeginText(text);
        context.Attributes.DropDuplicates(message, 0);
        context.Values.WritePairs(ref message, 0, default, text);
        SpanRecordWriter.EndText(text, mark);
    }

    /// <summary>Writes the span's events or links as one text; empty when it has none.</summary>
    private void WriteArray(ProtobufReader span, int field, bool any, PooledBuffer text)
    {
        var mark = SpanRecordWriter.BeginText(text);
        var separator = (byte)'[';
        while (any && span.NextField())
        {
            if (span.Tag != (field << 3 | ProtobufReader.Bytes))
            {
                span.Skip(0);
                continue;
            }
            text.WriteByte(separator);
            separator = (byte)',';
            if (field == OtlpSpan.EventsField)
                WriteEvent(span.ReadMessage(), text);
            else
                WriteLink(span.ReadMessage(), text);
        }
        if (any)
            text.WriteByte((byte)']');
        SpanRecordWriter.EndText(text, mark);
    }

    private void WriteEvent(ProtobufReader message, PooledBuffer text)
    {
        ulong time = 0;
        WireSlice name = default;
        var mark = context.Attributes.Count;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Fixed64: time = message.ReadFixed64(); break;
                case 2 << 3 | ProtobufReader.Bytes: name = message.ReadSlice(); break;
                case 3 << 3 | ProtobufReader.Bytes: context.Attributes.Read(ref message); break;
                default: message.Skip(OtlpSchema.SpanEvent.Known); break;
            }
        }
        text.Write("{\"name\":"u8);
        WriteString(message.Span(name), text);
        if (time is > 0 and <= long.MaxValue)
        {
            text.Write(",\"timestamp\":"u8);
            JsonText.WriteTime(text, (long)time);
        }
        FinishObject(ref message, mark, text);
    }

    private void WriteLink(ProtobufReader message, PooledBuffer text)
    {
        WireSlice traceId = default, spanId = default, state = default;
        var mark = context.Attributes.Count;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: traceId = message.ReadSlice(); break;
                case 2 << 3 | ProtobufReader.Bytes: spanId = message.ReadSlice(); break;
                case 3 << 3 | ProtobufReader.Bytes: state = message.ReadSlice(); break;
                case 4 << 3 | ProtobufReader.Bytes: context.Attributes.Read(ref message); break;
                default: message.Skip(OtlpSchema.SpanLink.Known); break;
            }
        }
        text.Write("{\"trace_id\":"u8);
        WriteId(message.Span(traceId), text);
        text.Write(",\"span_id\":"u8);
        WriteId(message.Span(spanId), text);
        if (!state.IsEmpty)
        {
            text.Write(",\"trace_state\":"u8);
            WriteString(message.Span(state), text);
        }
        FinishObject(ref message, mark, text);
    }

    /// <summary>Writes the attributes from the mark on as the last member and closes the object.</summary>
    private void FinishObject(ref ProtobufReader message, int mark, PooledBuffer text)
    {
        if (context.Attributes.Count > mark)
        {
            text.Write(",\"attributes\":"u8);
            context.Attributes.DropDuplicates(message, mark);
            context.Values.WritePairs(ref message, mark, default, text, evenEmpty: true);
            context.Attributes.Release(mark);
        }
        text.WriteByte((byte)'}');
    }

    private void WriteString(ReadOnlySpan<byte> value, PooledBuffer text)
    {
        if ((long)text.Length + value.Length > context.Values.Limit)
            context.Values.Overflowed = true;
        else
            JsonText.WriteString(text, value);
    }

    private void WriteId(ReadOnlySpan<byte> value, PooledBuffer text)
    {
        if ((long)text.Length + value.Length > context.Values.Limit)
            context.Values.Overflowed = true;
        else
            JsonText.WriteHex(text, value);
    }
}
