using System.Buffers.Binary;
using Google.Protobuf;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Trace.V1;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Tests.Signals.Wire.Plain;

namespace VmObs.Tests.Signals.Wire.Otlp.Plain;

/// <summary>Maps trace requests the plain way.</summary>
internal static class PlainTraces
{
    public static string Map(ExportTraceServiceRequest request)
    {
        var batch = new PlainBatch();
        foreach (var group in request.ResourceSpans)
        {
            var resource = PlainResource.Of(group.Resource, group.SchemaUrl);
            foreach (var scoped in group.ScopeSpans)
            {
                foreach (var span in scoped.Spans)
                {
                    if (FaultOf(span) is { } reason)
                        batch.Refuse(reason);
                    else
                        batch.Add(Line(span, resource, PlainResource.Scope(scoped.Scope, scoped.SchemaUrl)));
                }
            }
        }
        return batch.ToString();
    }

    private static RefusalReason? FaultOf(Span span) =>
        !PlainValues.IsId(span.TraceId, 16) ? RefusalReason.InvalidTraceId
        : !PlainValues.IsId(span.SpanId, 8) || span.ParentSpanId.Length is not (0 or 8) ? RefusalReason.InvalidSpanId
        : span.StartTimeUnixNano == 0 ? RefusalReason.MissingTimestamp
        : span.StartTimeUnixNano > long.MaxValue || span.EndTimeUnixNano > long.MaxValue ? RefusalReason.InvalidTimestamp
        : span.EndTimeUnixNano < span.StartTimeUnixNano ? RefusalReason.EndBeforeStart
        : PlainBatch.FaultOf(span.EndTimeUnixNano);

    private static string Line(Span span, PlainResource resource, string scope)
    {
        static string Number(ByteString id) => id.Length == 0 ? new string('0', 16) : BinaryPrimitives.ReadUInt64BigEndian(id.Span).ToString("x16");
        var status = span.Status ?? new Status();
        string[] texts =
        [
            span.Name, resource.Service, resource.Node, status.Message, span.TraceState, span.Attributes.Count == 0 ? "" : PlainValues.Json(PlainValues.Last(span.Attributes)),
            Array(span.Events.Select(Event)), Array(span.Links.Select(Link)), resource.Json, scope,
        ];
        return $"{PlainValues.Hex(span.TraceId)} {Number(span.SpanId)} {Number(span.ParentSpanId)} {span.StartTimeUnixNano} {span.EndTimeUnixNano} " +
            $"{((int)span.Kind <= 5 ? (SpanKind)(int)span.Kind : SpanKind.Unspecified)} {((int)status.Code <= 2 ? (SpanStatus)(int)status.Code : SpanStatus.Unset)} {span.Flags}" +
            string.Concat(texts.Select(text => $" | {text}"));
    }

    private static string Event(Span.Types.Event happened)
    {
        var json = $"{{\"name\":{PlainValues.Json(happened.Name)}";
        if (happened.TimeUnixNano is > 0 and <= long.MaxValue)
            json += $",\"timestamp\":\"{Rfc3339.Format((long)happened.TimeUnixNano)}\"";
        return json + Attributes(happened.Attributes) + "}";
    }

    private static string Link(Span.Types.Link link)
    {
        var json = $"{{\"trace_id\":\"{PlainValues.Hex(link.TraceId)}\",\"span_id\":\"{PlainValues.Hex(link.SpanId)}\"";
        if (link.TraceState.Length > 0)
            json += $",\"trace_state\":{PlainValues.Json(link.TraceState)}";
        return json + Attributes(link.Attributes) + "}";
    }

    private static string Attributes(RepeatedField<KeyValue> pairs) => pairs.Count == 0 ? "" : $",\"attributes\":{PlainValues.Json(PlainValues.Last(pairs))}";

    private static string Array(IEnumerable<string> items) => items.ToList() is { Count: > 0 } list ? $"[{string.Join(',', list)}]" : "";
}
