using System.Text.Json;
using VmObs.Query.Traces;
using VmObs.Signals;
using VmObs.Signals.Traces;

namespace VmObs.Query.Documents;

/// <summary>Where a trace's time went, as JSON. Members: docs/ask/traces.md.</summary>
public static class TraceAnalysisDocument
{
    /// <summary>Writes the document.</summary>
    /// <param name="writer">Gets one object.</param>
    /// <param name="analysis">The trace.</param>
    /// <param name="usual">What the bottleneck usually takes; null where nothing is known.</param>
    public static void Write(Utf8JsonWriter writer, TraceAnalysis analysis, UsualDuration? usual)
    {
        var tree = analysis.Tree;
        writer.WriteStartObject();
        writer.WriteString("trace_id"u8, NativeSpan.Read(tree.Record(0).Text(SpanText.Scope))?.TraceId ?? tree.Record(0).TraceId.ToString());
        writer.WriteNumber("duration_ms"u8, Milliseconds(analysis.DurationNanos));
        writer.WriteNumber("span_count"u8, tree.Count);
        WriteBottleneck(writer, analysis, usual);
        WritePath(writer, analysis);
        WriteOperations(writer, analysis);
        WriteServices(writer, analysis);
        WriteFindings(writer, tree);
        writer.WriteEndObject();
    }

    private static void WriteBottleneck(Utf8JsonWriter writer, TraceAnalysis analysis, UsualDuration? usual)
    {
        writer.WriteStartObject("bottleneck"u8);
        WriteSpan(writer, analysis.Tree, analysis.Bottleneck);
        writer.WriteNumber("path_ms"u8, Milliseconds(analysis.PathNanos[analysis.Bottleneck]));
        writer.WriteNumber("self_ms"u8, Milliseconds(analysis.SelfNanos[analysis.Bottleneck]));
        WriteShare(writer, analysis.PathNanos[analysis.Bottleneck], analysis.DurationNanos);
        writer.WriteStartObject("usual"u8);
        writer.WriteNumber("compared"u8, usual?.Compared ?? 0);
        if (usual is not null)
        {
            writer.WriteNumber("median_ms"u8, Milliseconds(usual.MedianNanos));
            writer.WriteNumber("p95_ms"u8, Milliseconds(usual.P95Nanos));
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    // Pieces of no span are the time in which none ran.
    private static void WritePath(Utf8JsonWriter writer, TraceAnalysis analysis)
    {
        writer.WriteStartArray("critical_path"u8);
        foreach (var piece in analysis.Path)
        {
            writer.WriteStartObject();
            if (piece.Span == CriticalPath.Nobody)
                writer.WriteNull("span_id"u8);
            else
                WriteSpan(writer, analysis.Tree, piece.Span);
            writer.WriteNumber("from_ms"u8, Milliseconds(piece.FromUnixNanos - analysis.Tree.StartUnixNanos));
            writer.WriteNumber("path_ms"u8, Milliseconds(piece.Nanos));
            WriteShare(writer, piece.Nanos, analysis.DurationNanos);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteOperations(Utf8JsonWriter writer, TraceAnalysis analysis)
    {
        writer.WriteStartArray("operations"u8);
        foreach (var operation in analysis.Operations)
        {
            writer.WriteStartObject();
            writer.WriteString("service"u8, operation.Service);
            writer.WriteString("name"u8, operation.Name);
            WriteTimes(writer, operation.Spans, operation.SelfNanos, operation.PathNanos, analysis.DurationNanos);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteServices(Utf8JsonWriter writer, TraceAnalysis analysis)
    {
        writer.WriteStartArray("services"u8);
        foreach (var service in analysis.Operations.GroupBy(operation => operation.Service, StringComparer.Ordinal).OrderByDescending(service => service.Sum(operation => operation.PathNanos)))
        {
            writer.WriteStartObject();
            writer.WriteString("service"u8, service.Key);
            WriteTimes(writer, service.Sum(o => o.Spans), service.Sum(o => o.SelfNanos), service.Sum(o => o.PathNanos), analysis.DurationNanos);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteTimes(Utf8JsonWriter writer, int spans, long selfNanos, long pathNanos, long durationNanos)
    {
        writer.WriteNumber("span_count"u8, spans);
        writer.WriteNumber("self_ms"u8, Milliseconds(selfNanos));
        writer.WriteNumber("path_ms"u8, Milliseconds(pathNanos));
        WriteShare(writer, pathNanos, durationNanos);
    }

    // What of the trace is not as senders should have made it.
    private static void WriteFindings(Utf8JsonWriter writer, TraceTree tree)
    {
        writer.WriteStartObject("findings"u8);
        writer.WriteNumber("roots"u8, tree.Roots.Count);
        writer.WriteNumber("lost_parents"u8, Enumerable.Range(0, tree.Count).Count(tree.HasLostParent));
        writer.WriteNumber("cycles"u8, tree.Cycles);
        writer.WriteStartArray("clock_skew"u8);
        for (var span = 0; span < tree.Count; span++)
        {
            // What a span takes over from its parent is said there.
            if (tree.SkewOf(span) == (tree.ParentOf(span) is >= 0 and var parent ? tree.SkewOf(parent) : 0) || tree.SkewOf(span) == 0)
                continue;
            writer.WriteStartObject();
            WriteSpan(writer, tree, span);
            writer.WriteNumber("skew_ms"u8, Milliseconds(tree.SkewOf(span)));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteSpan(Utf8JsonWriter writer, TraceTree tree, int span)
    {
        var record = tree.Record(span);
        writer.WriteString("span_id"u8, NativeSpan.Read(record.Text(SpanText.Scope))?.SpanId ?? $"{record.SpanId:x16}");
        writer.WriteString("name"u8, record.Text(SpanText.Name));
        writer.WriteString("service"u8, record.Text(SpanText.Service));
        writer.WriteString("node"u8, NodeName.ToDid(System.Text.Encoding.UTF8.GetString(record.Text(SpanText.Node))));
        writer.WriteNumber("duration_ms"u8, Milliseconds(record.EndUnixNanos - record.StartUnixNanos));
    }

    // Of the trace's duration, 0 to 1.
    private static void WriteShare(Utf8JsonWriter writer, long nanos, long durationNanos) =>
        writer.WriteNumber("share"u8, durationNanos <= 0 ? 0 : Math.Round((decimal)nanos / durationNanos, 4));

    private static decimal Milliseconds(long nanos) => nanos / 1_000_000m;
}
