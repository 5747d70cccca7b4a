using System.Runtime.CompilerServices;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Reads traces from memory, runs and sealed hours.</summary>
internal sealed class TraceSource(StoreContext context, TraceStore store) : ITraceSource
{
    private static readonly HourId s_first = new(long.MinValue), s_last = new(long.MaxValue);

    private readonly TraceFileCache _cache = new(TraceFileCache.DefaultMaxBytes);

    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> GetAsync(TraceId id, QueryBudget budget, CancellationToken cancellationToken) =>
        await Task.Run(
            () =>
            {
                using var reader = TraceReader.Open(context, store, _cache, s_first, s_last, budget, id);
                return reader.Read([id], s_first, s_last, cancellationToken)[id];
            },
            cancellationToken);

    public async IAsyncEnumerable<FoundTrace> SearchAsync(TraceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (query.FromUnixNanos >= query.ToUnixNanos || query.Limit <= 0)
            yield break;
        var (first, last) = (HourId.Of(query.FromUnixNanos), HourId.Of(query.ToUnixNanos - 1));
        using var reader = await Task.Run(() => TraceReader.Open(context, store, _cache, new HourId(first.Number - 1), new HourId(last.Number + 1), query.Budget), cancellationToken);
        using var batches = new TraceSearch(reader, new TraceMatcher(query), cancellationToken).Run().GetEnumerator();
        while (await Task.Run(batches.MoveNext, cancellationToken))
        {
            foreach (var trace in batches.Current)
                yield return trace;
        }
    }

    public async ValueTask<IReadOnlyList<TraceId>> FindIdsAsync(string prefix, int limit, QueryBudget budget, CancellationToken cancellationToken) =>
        await Task.Run(
            () =>
            {
                using var reader = TraceReader.Open(context, store, _cache, s_first, s_last, budget);
                return new TraceIdSearch(reader, prefix, budget).Find(limit, cancellationToken);
            },
            cancellationToken);
}
