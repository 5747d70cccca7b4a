using System.Buffers.Text;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire.Json;
using VmObs.Signals.Wire.JsonLogs;

namespace VmObs.Signals.Wire.JsonTraces;

/// <summary>Reads one span of a SPEC 2.3 document into its record, or refuses it.</summary>
internal sealed class JsonSpanReader(IngestRules rules, PooledBuffer boundNode) : IDisposable
{
    private readonly JsonMembers _members = new();
    private readonly JsonAttributes _attributes = new();
    private readonly ResourceMapping _mapping = new(rules);
    private readonly PooledBuffer _scratch = new(256), _rendered = new(1024);
    private TraceBatch _batch = null!;
    private long _latestUnixNanos;

    public void Begin(TraceBatch into, long latestUnixNanos) => (_batch, _latestUnixNanos) = (into, latestUnixNanos);

    /// <summary>Reads a span.</summary>
    /// <param name="document">Walks the body.</param>
    /// <param name="traceId">The trace's id, as between its quotes.</param>
    /// <param name="slice">The span.</param>
    /// <param name="trace">The document's own members, for its first span; null for the others.</param>
    /// <param name="line">The document's line.</param>
    public void Read(in JsonWalker document, ReadOnlySpan<byte> traceId, WireSlice slice, JsonMembers? trace, int line)
    {
        var span = document.Open(slice);
        if (span.PeekValue() != '{')
        {
            _batch.Refusals.Count(RefusalReason.MalformedRecord, $"line {line}: spans: expected an object, found {document.Span(slice)}");
            return;
        }
        _members.Read(span);
        var spanId = TakeString(document, "span_id"u8);
        var parentId = TakeString(document, "parent_span_id"u8);
        if (spanId.IsEmpty || spanId.Length > SpanIds.MaxBytes || parentId.Length > SpanIds.MaxBytes)
        {
            _batch.Refusals.Count(RefusalReason.InvalidSpanId, $"line {line}: span_id: got {spanId}, want a text of 1 to {SpanIds.MaxBytes} bytes");
            return;
        }
        if (!TryReadTimes(document, spanId, line, out var start, out var end))
            return;
        var status = TakeString(document, "status"u8);
        var head = new SpanHead(
            SpanIds.TraceOf(JsonCopy.Text(traceId, _scratch)), SpanIds.SpanOf(JsonCopy.Text(spanId, _scratch)),
            parentId.IsEmpty ? 0 : SpanIds.SpanOf(JsonCopy.Text(parentId, _scratch)), start, end, KindOf(TakeString(document, "kind"u8)), StatusOf(document, status, trace), 0);
        Write(document, head, new Texts(traceId, spanId, parentId, status), trace, line);
    }

    public void Dispose()
    {
        _scratch.Dispose();
        _rendered.Dispose();
    }

    private void Write(JsonWalker document, in SpanHead head, Texts texts, JsonMembers? trace, int line)
    {
        var text = _batch.Text;
        var start = text.Length;
        SpanRecordWriter.Begin(text, head);
        WriteString(TakeString(document, "name"u8), default);
        WriteString(TakeString(document, "service"u8), _mapping.UnknownService);
        var node = NodeName.ToShort(TakeString(document, "node"u8));
        WriteString(boundNode.Length > 0 ? boundNode.WrittenSpan : node, _mapping.UnknownNode);
        WriteString(TakeString(document, "status_message"u8), default);
        WriteString(TakeString(document, "trace_state"u8), default);
        var events = TakeArray(document, "events"u8);
        var links = TakeArray(document, "links"u8);
        WriteAttributes(document);
        WriteJson(events);
        WriteJson(links);
        SpanRecordWriter.WriteText(text, default);
        WriteScope(document, texts, trace);
        if (text.Length - start <= rules.MaxRecordBytes && text.Length <= rules.MaxBatchBytes)
        {
            _batch.AddSpan(start);
            return;
        }
        text.Truncate(start);
        _batch.Refusals.Count(RefusalReason.TooLarge, $"line {line}: span {texts.SpanId}: its record is over {rules.MaxRecordBytes} bytes, the most taken, or the request's are over {rules.MaxBatchBytes}");
    }

    private bool TryReadTimes(in JsonWalker document, ReadOnlySpan<byte> spanId, int line, out long start, out long end)
    {
        end = 0;
        var started = TakeValue(document, "start_time"u8);
        if (started.IsEmpty)
        {
            start = 0;
            _batch.Refusals.Count(RefusalReason.MissingTimestamp, $"line {line}: span {spanId}: got no start_time, want one");
            return false;
        }
        var duration = TakeValue(document, "duration_ms"u8);
        var ended = TakeValue(document, "end_time"u8);
        if (!JsonTime.TryRead(started, out start) || start < 0 || !TryReadEnd(start, duration, ended, out end))
            _batch.Refusals.Count(RefusalReason.InvalidTimestamp, $"line {line}: span {spanId}: got start_time {started}, duration_ms {duration}, want {JsonTime.Expected}, and milliseconds");
        else if (end < start)
            _batch.Refusals.Count(RefusalReason.EndBeforeStart, $"line {line}: span {spanId}: got an end before {started}, want one not before");
        else if (end > _latestUnixNanos)
            _batch.Refusals.Count(RefusalReason.TooFarAhead, $"line {line}: span {spanId}: got end {Rfc3339.Format(end)}, want at most {Rfc3339.Format(_latestUnixNanos)}");
        else
            return true;
        return false;
    }

    private static bool TryReadEnd(long start, ReadOnlySpan<byte> duration, ReadOnlySpan<byte> ended, out long end)
    {
        end = start;
        if (duration.IsEmpty)
            return ended.IsEmpty || JsonTime.TryRead(ended, out end);
        if (!Utf8Parser.TryParse(duration, out decimal millis, out var read) || read != duration.Length || Math.Abs(millis) > long.MaxValue / 1_000_000m)
            return false;
        var nanos = (long)(millis * 1_000_000m);
        if (nanos > long.MaxValue - start)
            return false;
        end = start + nanos;
        return true;
    }

    /// <summary>A trace that failed is one whose first span failed, when no span says so itself.</summary>
    private static SpanStatus StatusOf(in JsonWalker document, ReadOnlySpan<byte> said, JsonMembers? trace)
    {
        if (said.SequenceEqual("error"u8))
            return SpanStatus.Error;
        if (trace is not null && trace.IndexOf(document, "status"u8) is >= 0 and var member && document.Span(trace[member].Value).SequenceEqual("\"error\""u8))
            return SpanStatus.Error;
        return said.SequenceEqual("ok"u8) ? SpanStatus.Ok : SpanStatus.Unset;
    }

    private static SpanKind KindOf(ReadOnlySpan<byte> said)
    {
        if (said.SequenceEqual("internal"u8))
            return SpanKind.Internal;
        if (said.SequenceEqual("server"u8))
            return SpanKind.Server;
        if (said.SequenceEqual("client"u8))
            return SpanKind.Client;
        if (said.SequenceEqual("producer"u8))
            return SpanKind.Producer;
        return said.SequenceEqual("consumer"u8) ? SpanKind.Consumer : SpanKind.Unspecified;
    }

    private void WriteAttributes(JsonWalker document)
    {
        const int Lead = 14; // ,"attributes":
        _rendered.Clear();
        _attributes.Write(document, _members, _rendered, _scratch);
        SpanRecordWriter.WriteText(_batch.Text, _rendered.Length == 0 ? default : _rendered.WrittenSpan[Lead..]);
    }

    /// <summary>Writes a <see cref="NativeScope"/>.</summary>
    private void WriteScope(JsonWalker document, Texts texts, JsonMembers? trace)
    {
        var text = _batch.Text;
        var mark = SpanRecordWriter.BeginText(text);
        text.Write(NativeScope.Prefix);
        JsonCopy.WriteString(texts.TraceId, text, _scratch);
        text.Write(",\"span_id\":"u8);
        JsonCopy.WriteString(texts.SpanId, text, _scratch);
        if (!texts.ParentId.IsEmpty)
        {
            text.Write(",\"parent_span_id\":"u8);
            JsonCopy.WriteString(texts.ParentId, text, _scratch);
        }
        if (!texts.Status.IsEmpty)
        {
            text.Write(",\"status\":"u8);
            JsonCopy.WriteString(texts.Status, text, _scratch);
        }
        if (trace is not null)
            WriteTrace(document, trace, text);
        text.WriteByte((byte)'}');
        SpanRecordWriter.EndText(text, mark);
    }

    private void WriteTrace(JsonWalker document, JsonMembers trace, PooledBuffer text)
    {
        var separator = ",\"trace\":{"u8;
        for (var i = 0; i < trace.Count; i++)
        {
            if (trace[i].Taken)
                continue;
            text.Write(separator);
            separator = ","u8;
            JsonCopy.WriteString(document.Span(trace[i].Name), text, _scratch);
            text.WriteByte((byte)':');
            JsonCopy.Write(document.Span(trace[i].Value), text, _scratch);
        }
        text.Write(separator.Length > 1 ? ",\"trace\":{}"u8 : "}"u8);
    }

    private void WriteString(ReadOnlySpan<byte> content, ReadOnlySpan<byte> otherwise) =>
        SpanRecordWriter.WriteText(_batch.Text, content.IsEmpty ? otherwise : JsonCopy.Text(content, _scratch));

    private void WriteJson(ReadOnlySpan<byte> value)
    {
        var mark = SpanRecordWriter.BeginText(_batch.Text);
        JsonCopy.Write(value, _batch.Text, _scratch);
        SpanRecordWriter.EndText(_batch.Text, mark);
    }

    private ReadOnlySpan<byte> TakeArray(in JsonWalker document, ReadOnlySpan<byte> name)
    {
        var member = _members.IndexOf(document, name);
        if (member < 0 || document.Span(_members[member].Value)[0] != '[')
            return default;
        _members.Take(member);
        return document.Span(_members[member].Value);
    }

    private ReadOnlySpan<byte> TakeValue(in JsonWalker document, ReadOnlySpan<byte> name)
    {
        var member = _members.IndexOf(document, name);
        if (member < 0)
            return default;
        _members.Take(member);
        var value = document.Span(_members[member].Value);
        return value.SequenceEqual("null"u8) ? default : value;
    }

    /// <summary>A string's content; a member that is none stays an attribute, save null.</summary>
    private ReadOnlySpan<byte> TakeString(in JsonWalker document, ReadOnlySpan<byte> name)
    {
        var member = _members.IndexOf(document, name);
        if (member < 0)
            return default;
        var value = document.Span(_members[member].Value);
        if (value[0] != '"' && value[0] != 'n')
            return default;
        _members.Take(member);
        return value[0] == '"' ? value[1..^1] : default;
    }

    /// <summary>Texts of a span as between their quotes.</summary>
    private readonly ref struct Texts(ReadOnlySpan<byte> traceId, ReadOnlySpan<byte> spanId, ReadOnlySpan<byte> parentId, ReadOnlySpan<byte> status)
    {
        public ReadOnlySpan<byte> TraceId { get; } = traceId;

        public ReadOnlySpan<byte> SpanId { get; } = spanId;

        public ReadOnlySpan<byte> ParentId { get; } = parentId;

        public ReadOnlySpan<byte> Status { get; } = status;
    }
}
