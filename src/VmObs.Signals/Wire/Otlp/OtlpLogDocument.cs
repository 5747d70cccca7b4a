using System.Text;
using VmObs.Signals.Logs;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Renders the tail of a SPEC 2.2 document from an OTLP LogRecord.</summary>
/// <remarks><code>"level":"info","service":"guardian","node":"did:vm:node:brick-01","message":"…","attributes":{…},"trace_id":"…",
/// "span_id":"…","caller":"anchor.go:234",…}</code> The first four always stand, in this order; the rest when the record has it.</remarks>
internal sealed class OtlpLogDocument(OtlpContext context)
{
    /// <summary>Writes one tail from the message on.</summary>
    /// <param name="message">The LogRecord, read to its end; its attributes are all that the context's list holds.</param>
    /// <param name="record">Its parts.</param>
    /// <param name="time">The record's time, Unix ns.</param>
    /// <param name="level">Its level.</param>
    /// <param name="text">Holds the members up to and with <c>"message":</c>; gets the rest of the tail.</param>
    public void Write(ref ProtobufReader message, in OtlpLogRecord record, long time, Level level, PooledBuffer text)
    {
        var structured = WriteMessage(ref message, record.Body, text);
        if (context.Attributes.Count > 0)
        {
            text.Write(",\"attributes\":"u8);
            context.Values.WritePairs(ref message, 0, default, text, evenEmpty: true);
        }
        WriteIds(ref message, record, text);
        WriteCaller(ref message, text);
        if (structured)
        {
            text.Write(",\"body\":"u8);
            text.Write(context.Scratch.WrittenSpan);
        }
        WriteSeverity(ref message, record, level, text);
        WriteRest(ref message, record, time, text);
        if (!context.ResourceJson.IsEmpty)
        {
            text.Write(",\"resource\":"u8);
            text.Write(context.ResourceJson);
        }
        if (!context.ScopeJson.IsEmpty)
        {
            text.Write(",\"scope\":"u8);
            text.Write(context.ScopeJson);
        }
        text.WriteByte((byte)'}');
    }

    /// <summary>Writes the message's text; for a body that is not a string the JSON of it, which then stands in the scratch buffer.</summary>
    /// <returns>Whether the body is structured.</returns>
    private bool WriteMessage(ref ProtobufReader message, WireSlice slice, PooledBuffer text)
    {
        var reader = message.Open(slice, 1);
        var body = AnyValue.Read(ref reader);
        if (body.Kind is AnyValueKind.Text or AnyValueKind.None)
        {
            if ((long)text.Length + body.Slice.Length > context.Values.Limit)
                context.Values.Overflowed = true;
            else
                JsonText.WriteString(text, reader.Span(body.Slice));
            return false;
        }
        // The scratch buffer begins at 0, so it may hold a whole record's limit of its own.
        var limit = context.Values.Limit;
        context.Values.Limit = context.Rules.MaxRecordBytes;
        context.Scratch.Clear();
        context.Values.WriteValue(ref reader, body, context.Scratch);
        context.Values.Limit = limit;
        JsonText.WriteString(text, context.Scratch.WrittenSpan);
        return true;
    }

    private static void WriteIds(ref ProtobufReader message, in OtlpLogRecord record, PooledBuffer text)
    {
        // OTLP: an id of another length or all zero means that the record belongs to no trace or span.
        if (record.TraceId.Length == 16 && message.Span(record.TraceId).ContainsAnyExcept((byte)0))
        {
            text.Write(",\"trace_id\":"u8);
            JsonText.WriteHex(text, message.Span(record.TraceId));
        }
        if (record.SpanId.Length == 8 && message.Span(record.SpanId).ContainsAnyExcept((byte)0))
        {
            text.Write(",\"span_id\":"u8);
            JsonText.WriteHex(text, message.Span(record.SpanId));
        }
    }

    private void WriteCaller(ref ProtobufReader message, PooledBuffer text)
    {
        WireSlice file = default, line = default;
        for (var i = 0; i < context.Attributes.Count; i++)
        {
            var pair = context.Attributes.Span[i];
            var key = message.Span(pair.Key);
            if (pair.Dropped || !key.StartsWith("code."u8))
                continue;
            if (key.SequenceEqual("code.file.path"u8) || key.SequenceEqual("code.filepath"u8))
                file = pair.Value;
            else if (key.SequenceEqual("code.line.number"u8) || key.SequenceEqual("code.lineno"u8))
                line = pair.Value;
        }
        var fileReader = message.Open(file, 2);
        var path = AnyValue.Read(ref fileReader);
        if (path.Kind != AnyValueKind.Text || path.Slice.IsEmpty || (long)text.Length + path.Slice.Length > context.Values.Limit)
            return;
        text.Write(",\"caller\":\""u8);
        JsonText.WriteContent(text, fileReader.Span(path.Slice));
        var lineReader = message.Open(line, 2);
        var number = AnyValue.Read(ref lineReader);
        if (number.Kind == AnyValueKind.Int64)
        {
            text.WriteByte((byte)':');
            JsonText.WriteDigits(text, (long)number.Bits);
        }
        text.WriteByte((byte)'"');
    }

    private static void WriteSeverity(ref ProtobufReader message, in OtlpLogRecord record, Level level, PooledBuffer text)
    {
        if (record.SeverityNumber != 0)
        {
            text.Write(",\"severity_number\":"u8);
            JsonText.WriteDigits(text, record.SeverityNumber);
        }
        var said = message.Span(record.SeverityText);
        if (said.IsEmpty || Ascii.EqualsIgnoreCase(said, level.Utf8Name()))
            return;
        text.Write(",\"severity_text\":"u8);
        JsonText.WriteString(text, said);
    }

    private static void WriteRest(ref ProtobufReader message, in OtlpLogRecord record, long time, PooledBuffer text)
    {
        if (record.Observed != 0 && (long)record.Observed != time)
        {
            text.Write(",\"observed_timestamp\":"u8);
            JsonText.WriteTime(text, (long)record.Observed);
        }
        if (!record.EventName.IsEmpty)
        {
            text.Write(",\"event_name\":"u8);
            JsonText.WriteString(text, message.Span(record.EventName));
        }
        if (record.Flags != 0)
        {
            text.Write(",\"flags\":"u8);
            JsonText.WriteDigits(text, record.Flags);
        }
        if (record.DroppedAttributes != 0)
        {
            text.Write(",\"dropped_attributes_count\":"u8);
            JsonText.WriteDigits(text, record.DroppedAttributes);
        }
    }
}
