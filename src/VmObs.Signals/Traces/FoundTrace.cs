using System.Text;

namespace VmObs.Signals.Traces;

/// <summary>A trace as lists show it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="RootService">Service of its root: the earliest span without a parent, else the earliest span.</param>
/// <param name="RootName">The root's name.</param>
/// <param name="StartUnixNanos">Start of the earliest span.</param>
/// <param name="EndUnixNanos">End of the latest span; what the sender of its SPEC document said, within an hour behind that.</param>
/// <param name="Spans">Number of spans.</param>
/// <param name="FailedSpans">Number of failed spans.</param>
/// <param name="Services">Names of the services involved, in order of their first span.</param>
public sealed record FoundTrace(
    TraceId Id, string RootService, string RootName, long StartUnixNanos, long EndUnixNanos, int Spans, int FailedSpans, IReadOnlyList<string> Services)
{
    /// <summary>What its sender said of the whole; null where it did not come in SPEC 2.3 documents alone.</summary>
    public SentTrace? Sent { get; init; }

    /// <summary>Its name: the SPEC document's, else the root's.</summary>
    public string Name => Sent?.Name ?? RootName;

    /// <summary>Where it stands among others.</summary>
    public TracePlace Place => new(StartUnixNanos, Id);

    /// <summary>Sums up a trace.</summary>
    /// <param name="spans">Canonical records, at least one, by start. Of the texts only name, service and scope are read.</param>
    public static FoundTrace Of(IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        var (start, end, failed, root) = (long.MaxValue, long.MinValue, 0, -1);
        var services = new List<byte[]>();
        for (var i = 0; i < spans.Count; i++)
        {
            var span = new SpanRecord(spans[i].Span);
            (start, end) = (Math.Min(start, span.StartUnixNanos), Math.Max(end, span.EndUnixNanos));
            failed += span.Status == SpanStatus.Error ? 1 : 0;
            if (root < 0 && span.ParentSpanId == 0)
                root = i;
            AddDistinct(services, span.Text(SpanText.Service));
        }
        var first = new SpanRecord(spans[Math.Max(root, 0)].Span);
        var sent = SentTrace.Of(spans);
        return new FoundTrace(
            first.TraceId, Encoding.UTF8.GetString(first.Text(SpanText.Service)), Encoding.UTF8.GetString(first.Text(SpanText.Name)),
            start, sent?.EndOf(end) ?? end, spans.Count, failed, services.ConvertAll(Encoding.UTF8.GetString))
        {
            Sent = sent,
        };
    }

    private static void AddDistinct(List<byte[]> names, ReadOnlySpan<byte> name)
    {
        foreach (var known in names)
        {
            if (name.SequenceEqual(known))
                return;
        }
        names.Add(name.ToArray());
    }
}
