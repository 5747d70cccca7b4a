using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Finds ids of traces that begin with some digits.</summary>
internal sealed class TraceIdSearch(TraceReader reader, string prefix, QueryBudget budget)
{
    private readonly TraceId _first = Id(prefix.PadRight(2 * TraceId.Bytes, '0'));
    private readonly TraceId _last = Id(prefix.PadRight(2 * TraceId.Bytes, 'f'));
    private readonly SortedSet<TraceId> _found = [];

    /// <summary>The ids, ascending, up to a limit.</summary>
    public IReadOnlyList<TraceId> Find(int limit, CancellationToken cancellationToken)
    {
        foreach (var part in reader.View.Memory)
            Add(part.Id);
        foreach (var run in reader.View.Runs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SearchRun(run, limit);
        }
        foreach (var name in reader.View.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (reader.OpenSealed(name) is { } file)
                _found.UnionWith(reader.ReadRemaining(() => reader.Read(name, file, index => index.FindIds(_first, _last, limit))));
        }
        return [.. _found.Take(limit)];
    }

    private static TraceId Id(string digits) =>
        TraceId.TryParse(digits, out var id) ? id : throw new ArgumentException($"a prefix is 1 to {2 * TraceId.Bytes} hexadecimal digits, got {digits}");

    private void Add(TraceId id)
    {
        if (id >= _first && id <= _last)
            _found.Add(id);
    }

    private void SearchRun(RunPart run, int limit)
    {
        Span<byte> key = stackalloc byte[TraceRunKey.Bytes];
        using var cursor = run.Open();
        foreach (var failed in (ReadOnlySpan<bool>)[true, false])
        {
            TraceRunKey.Write(key, failed, new TraceKey(_first, 0));
            budget.Read(RunBlock.TargetBytes);
            var last = default(TraceId);
            for (var (more, seen) = (cursor.Seek(key), 0); more && seen < limit; more = cursor.MoveNext())
            {
                var (isFailed, found) = TraceRunKey.Read(cursor.Key);
                if (isFailed != failed || found.Id > _last)
                    break;
                seen += found.Id != last ? 1 : 0;
                last = found.Id;
                Add(found.Id);
            }
        }
    }
}
