using System.Text;
using VmObs.Signals.Traces;

namespace VmObs.Query.Traces;

/// <summary>Where a trace's time went.</summary>
public sealed class TraceAnalysis
{
    private TraceAnalysis(TraceTree tree)
    {
        Tree = tree;
        Path = CriticalPath.Of(tree);
        SelfNanos = SelfTime.Of(tree);
        var onPath = new long[tree.Count];
        foreach (var piece in Path)
        {
            if (piece.Span >= 0)
                onPath[piece.Span] += piece.Nanos;
        }
        PathNanos = onPath;
        Bottleneck = Array.IndexOf(onPath, onPath.Max());
        Operations = ToOperations();
    }

    /// <summary>The spans.</summary>
    public TraceTree Tree { get; }

    /// <summary>The critical path.</summary>
    public IReadOnlyList<PathPiece> Path { get; }

    /// <summary>How long each span worked itself, ns.</summary>
    public IReadOnlyList<long> SelfNanos { get; }

    /// <summary>How long the trace waited for each span's own work, ns; the sum over all spans, and the time in which none ran, is its duration.</summary>
    public IReadOnlyList<long> PathNanos { get; }

    /// <summary>The span for whose own work the trace waited longest; the first of those.</summary>
    public int Bottleneck { get; }

    /// <summary>Spans of one service and name together, those that the trace waited for longest first.</summary>
    public IReadOnlyList<OperationTime> Operations { get; }

    /// <summary>From the first start to the last end, ns.</summary>
    public long DurationNanos => Tree.EndUnixNanos - Tree.StartUnixNanos;

    /// <summary>Analyzes a trace.</summary>
    /// <param name="spans">Canonical records, at least one, by start.</param>
    public static TraceAnalysis Of(IReadOnlyList<ReadOnlyMemory<byte>> spans) => new(TraceTree.Build(spans));

    private List<OperationTime> ToOperations()
    {
        var operations = new Dictionary<(string, string), OperationTime>();
        for (var span = 0; span < Tree.Count; span++)
        {
            var record = Tree.Record(span);
            var key = (Encoding.UTF8.GetString(record.Text(SpanText.Service)), Encoding.UTF8.GetString(record.Text(SpanText.Name)));
            var before = operations.GetValueOrDefault(key) ?? new OperationTime(key.Item1, key.Item2, 0, 0, 0);
            operations[key] = before with
            {
                Spans = before.Spans + 1, SelfNanos = before.SelfNanos + SelfNanos[span], PathNanos = before.PathNanos + PathNanos[span],
            };
        }
        return [.. operations.Values.OrderByDescending(one => one.PathNanos).ThenByDescending(one => one.SelfNanos).ThenBy(one => one.Service, StringComparer.Ordinal).ThenBy(one => one.Name, StringComparer.Ordinal)];
    }
}

/// <summary>The time of spans of one service and name.</summary>
/// <param name="Service">Their service.</param>
/// <param name="Name">Their name.</param>
/// <param name="Spans">How many there are.</param>
/// <param name="SelfNanos">How long they worked themselves, ns.</param>
/// <param name="PathNanos">How long the trace waited for that, ns.</param>
public sealed record OperationTime(string Service, string Name, int Spans, long SelfNanos, long PathNanos);
