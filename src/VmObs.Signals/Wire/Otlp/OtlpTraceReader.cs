using VmObs.Signals.Traces;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Reads an ExportTraceServiceRequest into span records.</summary>
/// <remarks>Two passes over each message: the first finds its parts, whose order on the wire is free; the second renders them.</remarks>
/// <param name="context">Resource and scope.</param>
/// <param name="boundNode">The node that all spans of the request are of, whatever they say; empty where each says its own.</param>
internal sealed class OtlpTraceReader(OtlpContext context, PooledBuffer boundNode)
{
    private readonly OtlpSpanWriter _writer = new(context, boundNode);
    private TraceBatch _batch = null!;

    public void Read(ref ProtobufReader request, TraceBatch into)
    {
        _batch = into;
        while (request.NextField())
        {
            if (request.Tag == (1 << 3 | ProtobufReader.Bytes))
                ReadResourceSpans(request.ReadMessage());
            else
                request.Skip(OtlpSchema.TraceRequest.Known);
        }
    }

    private void ReadResourceSpans(ProtobufReader message)
    {
        var second = message;
        WireSlice resource = default, schemaUrl = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: resource = message.ReadOnce(resource); break;
                case 3 << 3 | ProtobufReader.Bytes: schemaUrl = message.ReadSlice(); break;
                default: message.Skip(OtlpSchema.ResourceSpans.Known & ~(1UL << 2)); break;
            }
        }
        var resourceMessage = message.Open(resource, 1);
        context.ReadResource(ref resourceMessage, message.Span(schemaUrl));
        while (second.NextField())
        {
            if (second.Tag == (2 << 3 | ProtobufReader.Bytes))
                ReadScopeSpans(second.ReadMessage());
            else
                second.Skip(0);
        }
    }

    private void ReadScopeSpans(ProtobufReader message)
    {
        var second = message;
        WireSlice scope = default, schemaUrl = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: scope = message.ReadOnce(scope); break;
                case 3 << 3 | ProtobufReader.Bytes: schemaUrl = message.ReadSlice(); break;
                default: message.Skip(OtlpSchema.ScopeSpans.Known & ~(1UL << 2)); break;
            }
        }
        var scopeMessage = message.Open(scope, 1);
        context.ReadScope(ref scopeMessage, message.Span(schemaUrl));
        while (second.NextField())
        {
            if (second.Tag == (2 << 3 | ProtobufReader.Bytes))
                ReadSpan(second.ReadMessage());
            else
                second.Skip(0);
        }
    }

    private void ReadSpan(ProtobufReader message)
    {
        var again = message;
        var span = OtlpSpan.Read(ref message, context.Attributes);
        if (!message.Failed && !IsRefused(message, span))
            Take(ref message, ref again, span);
        context.Attributes.Release(0);
    }

    private void Take(ref ProtobufReader message, ref ProtobufReader again, in OtlpSpan span)
    {
        var text = _batch.Text;
        var start = text.Length;
        context.Values.Limit = context.RecordLimit(start);
        _writer.Write(ref message, ref again, span, text);
        if (context.TakeOverflow() || text.Length - start > context.Rules.MaxRecordBytes)
        {
            text.Truncate(start);
            _batch.Refusals.Count(
                RefusalReason.TooLarge, $"span {message.Span(span.Name)} of {context.Service}: its record is over {context.Rules.MaxRecordBytes} bytes, the most taken");
        }
        else if (message.Failed)
        {
            text.Truncate(start);
        }
        else
        {
            _batch.AddSpan(start);
        }
    }

    private bool IsRefused(in ProtobufReader message, in OtlpSpan span)
    {
        var refusals = _batch.Refusals;
        var name = message.Span(span.Name);
        if (!OtlpSpan.IsId(message.Span(span.TraceId), 16))
            refusals.Count(RefusalReason.InvalidTraceId, $"span {name} of {context.Service}: got a trace id of {span.TraceId.Length} bytes, want 16, not all zero");
        else if (!OtlpSpan.IsId(message.Span(span.SpanId), 8))
            refusals.Count(RefusalReason.InvalidSpanId, $"span {name} of {context.Service}: got a span id of {span.SpanId.Length} bytes, want 8, not all zero");
        else if (span.ParentSpanId.Length is not (0 or 8))
            refusals.Count(RefusalReason.InvalidSpanId, $"span {name} of {context.Service}: got a parent span id of {span.ParentSpanId.Length} bytes, want 8 or none");
        else if (span.Start == 0)
            refusals.Count(RefusalReason.MissingTimestamp, $"span {name} of {context.Service}: it has no start time");
        else if (span.Start > long.MaxValue || span.End > long.MaxValue)
            refusals.Count(RefusalReason.InvalidTimestamp, $"span {name} of {context.Service}: got {span.Start} to {span.End}, want at most {long.MaxValue} Unix ns");
        else if (span.End < span.Start)
            refusals.Count(RefusalReason.EndBeforeStart, $"span {name} of {context.Service}: got end {span.End}, want at least its start {span.Start}");
        else if ((long)span.End > context.LatestUnixNanos)
            refusals.Count(RefusalReason.TooFarAhead, $"span {name} of {context.Service}: got end {Rfc3339.Format((long)span.End)}, want at most {Rfc3339.Format(context.LatestUnixNanos)}");
        else if (context.SharedPartTooLarge)
            refusals.Count(RefusalReason.TooLarge, $"span {name} of {context.Service}: its resource and scope are over {context.Rules.MaxRecordBytes / 2} bytes, the most taken");
        else if (_batch.TextBytes > context.Rules.MaxBatchBytes)
            refusals.Count(RefusalReason.TooLarge, $"span {name} of {context.Service}: the request's records are over {context.Rules.MaxBatchBytes} bytes, the most taken");
        else
            return false;
        return true;
    }
}
