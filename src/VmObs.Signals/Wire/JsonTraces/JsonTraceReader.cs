using VmObs.Signals.Traces;
using VmObs.Signals.Wire.Json;

namespace VmObs.Signals.Wire.JsonTraces;

/// <summary>Reads SPEC 2.3 documents into span records. Fields: docs/send/native-json.md.</summary>
/// <param name="rules">The rules in force.</param>
/// <param name="boundNode">The node that all spans of the request are of, whatever they say; empty where each says its own.</param>
internal sealed class JsonTraceReader(IngestRules rules, PooledBuffer boundNode) : IDisposable
{
    private readonly JsonMembers _trace = new();
    private readonly JsonSpanReader _spans = new(rules, boundNode);

    /// <summary>Reads a body of one document, an array, or one after another.</summary>
    public WireError? Read(ReadOnlySpan<byte> body, long latestUnixNanos, TraceBatch into)
    {
        _spans.Begin(into, latestUnixNanos);
        var fault = default(WireFault);
        var documents = new JsonDocuments(body, ref fault);
        while (documents.Next(out var slice))
        {
            if (fault.IsSet)
                into.Refusals.Count(RefusalReason.MalformedRecord, $"line {documents.Line}: at byte {fault.Offset} expected {fault.Expected}, found {fault.Found}");
            else
                ReadTrace(documents.Open(slice), slice, documents.Line, into);
        }
        return documents.Error;
    }

    public void Dispose() => _spans.Dispose();

    private void ReadTrace(JsonWalker document, WireSlice slice, int line, TraceBatch into)
    {
        var refusals = into.Refusals;
        if (document.PeekValue() != '{')
        {
            refusals.Count(RefusalReason.MalformedRecord, $"line {line}: at byte {slice.Offset} expected an object, found {document.Span(slice)}");
            return;
        }
        _trace.Read(document);
        var id = _trace.IndexOf(document, "trace_id"u8);
        var spans = _trace.IndexOf(document, "spans"u8);
        if (spans < 0 || document.Span(_trace[spans].Value)[0] != '[')
        {
            refusals.Count(RefusalReason.MalformedRecord, $"line {line}: spans: expected an array, found {(spans < 0 ? "nothing"u8 : document.Span(_trace[spans].Value))}");
            return;
        }
        var text = id < 0 ? default : document.Span(_trace[id].Value);
        if (text.Length is <= 2 or > SpanIds.MaxBytes + 2 || text[0] != '"')
        {
            refusals.Count(RefusalReason.InvalidTraceId, $"line {line}: trace_id: got {text}, want a text of 1 to {SpanIds.MaxBytes} bytes");
            return;
        }
        _trace.Take(id);
        _trace.Take(spans);
        _trace.DropDuplicates(document);
        ReadSpans(document, text[1..^1], document.Open(_trace[spans].Value), line, refusals);
    }

    private void ReadSpans(in JsonWalker document, ReadOnlySpan<byte> traceId, JsonWalker spans, int line, Refusals refusals)
    {
        spans.Enter('[');
        var count = 0;
        for (; spans.NextItem(); count++)
            _spans.Read(document, traceId, spans.ReadValue(), count == 0 ? _trace : null, line);
        if (count == 0)
            refusals.Count(RefusalReason.MalformedRecord, $"line {line}: spans: expected at least one, found none");
    }
}
