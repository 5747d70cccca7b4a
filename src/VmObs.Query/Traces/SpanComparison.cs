using System.Text;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;

namespace VmObs.Query.Traces;

/// <summary>Compares a span with what spans of its service and name usually take: those of the latest other traces before it ended.</summary>
public sealed class SpanComparison(ITraceSource traces)
{
    /// <summary>How far back other traces are looked for, ns.</summary>
    public const long LookBackNanos = 6L * 3600 * 1_000_000_000;

    /// <summary>At most this many other traces are read.</summary>
    public const int MaxTraces = 100;

    /// <summary>What is usual; null where no other trace has such a span.</summary>
    /// <param name="analysis">The trace.</param>
    /// <param name="span">Its span.</param>
    /// <param name="budget">What the comparison may cost.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<UsualDuration?> CompareAsync(TraceAnalysis analysis, int span, QueryBudget budget, CancellationToken cancellationToken)
    {
        var (id, service, name, query) = Ask(analysis, span, budget);
        var durations = new List<long>();
        await foreach (var other in traces.SearchAsync(query, cancellationToken))
        {
            if (other.Id == id)
                continue;
            foreach (var record in await traces.GetAsync(other.Id, budget, cancellationToken))
                AddIfAlike(record.Span, service, name, durations);
        }
        return UsualDuration.Of(durations);
    }

    private static (TraceId Id, byte[] Service, byte[] Name, TraceQuery Query) Ask(TraceAnalysis analysis, int span, QueryBudget budget)
    {
        var record = analysis.Tree.Record(span);
        var (service, name) = (record.Text(SpanText.Service).ToArray(), record.Text(SpanText.Name).ToArray());
        var end = analysis.Tree.EndUnixNanos + 1;
        return (record.TraceId, service, name, new TraceQuery(end - LookBackNanos, end)
        {
            Service = Encoding.UTF8.GetString(service), Name = Encoding.UTF8.GetString(name), Limit = MaxTraces, Budget = budget,
        });
    }

    private static void AddIfAlike(ReadOnlySpan<byte> record, byte[] service, byte[] name, List<long> durations)
    {
        var span = new SpanRecord(record);
        if (span.Text(SpanText.Service).SequenceEqual(service) && span.Text(SpanText.Name).SequenceEqual(name))
            durations.Add(span.EndUnixNanos - span.StartUnixNanos);
    }
}
