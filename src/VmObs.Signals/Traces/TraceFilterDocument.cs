using System.Text;
using VmObs.Signals.Filters;

namespace VmObs.Signals.Traces;

/// <summary>A trace as filters see it: <c>duration_ms &gt; 5000</c>, <c>service IN ['treasury']</c>, <c>http.status_code &gt;= 500</c>.</summary>
/// <remarks>
/// <c>trace_id</c>, <c>name</c> (the root's), <c>status</c> (<c>ok</c>, <c>error</c>), <c>start_time</c>, <c>end_time</c>, <c>duration_ms</c>,
/// <c>span_count</c> and <c>error_count</c> are the trace's. Everything else is any span's: <c>service</c>, <c>node</c> (either spelling),
/// <c>kind</c>, <c>status_message</c>, attributes and resource attributes by their names; a span's own members that the trace has too stand
/// under <c>spans</c>: <c>spans.name</c>, <c>spans.status</c>, <c>spans.duration_ms</c>. <c>level</c> is logs' alone and is never found.
/// Valid as long as the records are.
/// </remarks>
/// <param name="spans">Canonical records of one trace, at least one, in any order.</param>
public sealed class TraceFilterDocument(IReadOnlyList<ReadOnlyMemory<byte>> spans) : IFilterDocument
{
    private const double NanosInMillisecond = 1_000_000;

    private Whole? _whole;

    /// <inheritdoc/>
    public bool Any(FilterPath path, FilterTest test)
    {
        if (path.Segments[0] == "level")
            return false;
        if (path.Below("spans") is { } below)
            return AnySpan(below, test, isBelowSpans: true);
        var whole = _whole ??= new Whole(spans);
        switch (path.Text)
        {
            case "status":
                return test.Accepts(FilterValue.OfText(whole.Failed > 0 ? "error"u8 : "ok"u8));
            case "duration_ms":
                return test.Accepts(FilterValue.OfNumber((whole.End - whole.Start) / NanosInMillisecond));
            case "name":
                return test.Accepts(FilterValue.OfText(whole.Root(spans).Text(SpanText.Name)));
            case "span_count":
                return test.Accepts(FilterValue.OfNumber(spans.Count));
            case "error_count":
                return test.Accepts(FilterValue.OfNumber(whole.Failed));
            case "start_time":
                return AcceptsTime(test, whole.Start);
            case "end_time":
                return AcceptsTime(test, whole.End);
            case "trace_id":
                return AcceptsId(test, whole.Root(spans));
            default:
                return AnySpan(path, test, isBelowSpans: false);
        }
    }

    private bool AnySpan(FilterPath path, FilterTest test, bool isBelowSpans)
    {
        // By index: an enumerator of a list behind an interface would be allocated for each test.
        for (var i = 0; i < spans.Count; i++)
        {
            var span = new SpanRecord(spans[i].Span);
            if (AnyMember(span, path, test, isBelowSpans, out var isMember) || (!isMember && AnyAttribute(span, path, test)))
                return true;
        }
        return false;
    }

    private static bool AnyMember(SpanRecord span, FilterPath path, FilterTest test, bool isBelowSpans, out bool isMember)
    {
        isMember = true;
        switch (path.Text)
        {
            case "service":
                return test.Accepts(FilterValue.OfText(span.Text(SpanText.Service)));
            case "node":
                return AcceptsNode(test, span.Text(SpanText.Node));
            case "kind":
                return test.Accepts(FilterValue.OfText(SpanNames.Of(span.Kind)));
            case "status_message":
                return AcceptsText(test, span.Text(SpanText.StatusMessage));
            case "name" when isBelowSpans:
                return test.Accepts(FilterValue.OfText(span.Text(SpanText.Name)));
            case "status" when isBelowSpans:
                return test.Accepts(FilterValue.OfText(SpanNames.Of(span.Status)));
            case "duration_ms" when isBelowSpans:
                return test.Accepts(FilterValue.OfNumber((span.EndUnixNanos - span.StartUnixNanos) / NanosInMillisecond));
            default:
                isMember = false;
                return false;
        }
    }

    private static bool AnyAttribute(SpanRecord span, FilterPath path, FilterTest test)
    {
        var attributes = span.Text(SpanText.Attributes);
        if (AnyIn(attributes, path, test) || (path.Below("attributes") is { } attribute && AnyIn(attributes, attribute, test)))
            return true;
        var resource = span.Text(SpanText.Resource);
        return AnyIn(resource, path, test) || (path.Below("resource") is { } member && AnyIn(resource, member, test));
    }

    private static bool AnyIn(ReadOnlySpan<byte> json, FilterPath path, FilterTest test) => !json.IsEmpty && path.AnyIn(json, test, out _);

    private static bool AcceptsText(FilterTest test, ReadOnlySpan<byte> text) => !text.IsEmpty && test.Accepts(FilterValue.OfText(text));

    private static bool AcceptsNode(FilterTest test, ReadOnlySpan<byte> node)
    {
        if (test.Accepts(FilterValue.OfText(node)))
            return true;
        var did = NodeName.ToDid(Encoding.UTF8.GetString(node));
        return test.Accepts(FilterValue.OfText(Encoding.UTF8.GetBytes(did)));
    }

    private static bool AcceptsTime(FilterTest test, long unixNanos)
    {
        Span<byte> time = stackalloc byte[Rfc3339.MaxBytes];
        return test.Accepts(FilterValue.OfText(time[..Rfc3339.Format(unixNanos, time)]));
    }

    private static bool AcceptsId(FilterTest test, SpanRecord span) =>
        test.Accepts(FilterValue.OfText(Encoding.ASCII.GetBytes(span.TraceId.ToString())))
        || (NativeScope.TraceIdOf(span.Text(SpanText.Scope)) is { } sent && test.Accepts(FilterValue.OfText(Encoding.UTF8.GetBytes(sent))));

    /// <summary>What is true of the trace as a whole.</summary>
    private sealed class Whole
    {
        private readonly int _root;

        public Whole(IReadOnlyList<ReadOnlyMemory<byte>> spans)
        {
            var rootStart = (HasParent: true, Start: long.MaxValue);
            for (var i = 0; i < spans.Count; i++)
            {
                var span = new SpanRecord(spans[i].Span);
                var start = (HasParent: span.ParentSpanId != 0, Start: span.StartUnixNanos);
                (Start, End) = (Math.Min(Start, start.Start), Math.Max(End, span.EndUnixNanos));
                Failed += span.Status == SpanStatus.Error ? 1 : 0;
                // The earliest span without a parent, else the earliest one.
                if (start.CompareTo(rootStart) < 0)
                    (_root, rootStart) = (i, start);
            }
        }

        public long Start { get; } = long.MaxValue;

        public long End { get; } = long.MinValue;

        public int Failed { get; }

        public SpanRecord Root(IReadOnlyList<ReadOnlyMemory<byte>> spans) => new(spans[_root].Span);
    }
}
