using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Spill;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Reads traces by id as they are at one moment; what it has open is closed with it.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class TraceReader : IDisposable
{
    private readonly StoreContext _context;
    private readonly HourCatalog<SpillingHour<TracePart>> _hours;
    private readonly TraceFileCache _cache;
    private readonly QueryBudget _budget;
    private readonly HeldRuns _held = new();
    // A search reads an hour's file, then those around it.
    private readonly Dictionary<HourFile, SealedFile?> _open = [];
    private readonly List<TracePartInMemory> _memory;

    private TraceReader(StoreContext context, HourCatalog<SpillingHour<TracePart>> hours, TraceView view, TraceFileCache cache, QueryBudget budget)
    {
        (_context, _hours, View, _cache, _budget) = (context, hours, view, cache, budget);
        _memory = [.. view.Memory];
        _memory.Sort(static (a, b) => a.Id.CompareTo(b.Id));
    }

    /// <summary>Where everything is.</summary>
    public TraceView View { get; private set; }

    /// <summary>What is in memory of an hour, by id.</summary>
    public IReadOnlyList<TracePartInMemory> MemoryOf(HourId hour) => [.. _memory.Where(part => part.Hour == hour)];

    /// <summary>Looks where everything is, and holds the runs.</summary>
    /// <param name="context">The store.</param>
    /// <param name="store">Its traces.</param>
    /// <param name="cache">What is known of sealed files.</param>
    /// <param name="first">The first hour of interest.</param>
    /// <param name="last">The last one.</param>
    /// <param name="budget">What the query may cost.</param>
    /// <param name="only">The only trace of interest in memory.</param>
    public static TraceReader Open(StoreContext context, TraceStore store, TraceFileCache cache, HourId first, HourId last, QueryBudget budget, TraceId? only = null)
    {
        while (true)
        {
            var reader = new TraceReader(context, store.Hours, store.Look(first, last, only), cache, budget);
            if (reader._held.TryHold(reader.View.Runs))
                return reader;
            // A run that is closed has become a sealed file, which the next look finds.
            reader.Dispose();
        }
    }

    /// <summary>The spans of some traces in some hours, by start; those of a trace that has none are empty.</summary>
    /// <param name="ids">The traces, none twice.</param>
    /// <param name="first">The first hour.</param>
    /// <param name="last">The last hour.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="withAllTexts">Whether all texts are wanted of sealed spans; without only name, service and scope are there.</param>
    public Dictionary<TraceId, List<ReadOnlyMemory<byte>>> Read(
        IEnumerable<TraceId> ids, HourId first, HourId last, CancellationToken cancellationToken, bool withAllTexts = true)
    {
        var ascending = ids.Order().ToList();
        var traces = ascending.ToDictionary(static id => id, static _ => new List<ReadOnlyMemory<byte>>());
        foreach (var (id, spans) in traces)
        {
            for (var at = LowerBound(id); at < _memory.Count && _memory[at].Id == id; at++)
            {
                if (_memory[at].Hour >= first && _memory[at].Hour <= last)
                    spans.AddRange(_memory[at].Spans);
            }
        }
        foreach (var run in View.Runs.Where(run => run.Section.Facts.Hour >= first && run.Section.Facts.Hour <= last))
            ReadRun(run, traces, cancellationToken);
        var sought = ascending.ConvertAll(SoughtTrace.Of);
        foreach (var name in View.Files.Where(name => name.Hour >= first && name.Hour <= last && TraceFileIndex.MayHold(name, _cache, sought)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (OpenSealed(name) is { } file)
            {
                foreach (var span in ReadRemaining(() => Read(name, file, index => index.Find(sought, withAllTexts))))
                    traces[new SpanRecord(span.Span).TraceId].Add(span);
            }
        }
        foreach (var spans in traces.Values)
            spans.Sort(static (a, b) => InOrder(new SpanRecord(a.Span), new SpanRecord(b.Span)));
        return traces;
    }

    /// <summary>A sealed file; null when it expired since.</summary>
    public SealedFile? OpenSealed(HourFile name)
    {
        if (!_open.TryGetValue(name, out var file))
            _open.Add(name, file = _hours.OpenSealed(_context, name));
        return file;
    }

    /// <summary>Opens an index of a sealed file as it remains now; the caller disposes it.</summary>
    public TraceFileIndex IndexOf(HourFile name, SealedFile file) => new(file.File, name, file.Remains, _cache, _budget);

    /// <summary>Reads a sealed file by its index.</summary>
    public T Read<T>(HourFile name, SealedFile file, Func<TraceFileIndex, T> read)
    {
        using var index = IndexOf(name, file);
        return read(index);
    }

    /// <summary>Closes what a search that goes backwards does not come to any more.</summary>
    public void CloseAfter(HourId hour)
    {
        foreach (var (name, file) in _open.Where(open => open.Key.Hour > hour).ToList())
        {
            file?.Dispose();
            _open.Remove(name);
        }
    }

    /// <summary>Reads sealed files; where row groups of one expire meanwhile, what remains once more from the start.</summary>
    public T ReadRemaining<T>(Func<T> read)
    {
        while (true)
        {
            try
            {
                return read();
            }
            catch (DamagedFileException) when (LookAgain())
            {
                // The next turn knows what is gone.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _held.Dispose();
        foreach (var file in _open.Values)
            file?.Dispose();
        _open.Clear();
    }

    // JavaScript's clocks tell milliseconds: a child often starts with its parent, and seldom ends after it.
    private static int InOrder(SpanRecord a, SpanRecord b)
    {
        if (a.StartUnixNanos != b.StartUnixNanos)
            return a.StartUnixNanos.CompareTo(b.StartUnixNanos);
        return a.EndUnixNanos != b.EndUnixNanos ? b.EndUnixNanos.CompareTo(a.EndUnixNanos) : a.SpanId.CompareTo(b.SpanId);
    }

    private bool LookAgain()
    {
        var more = false;
        foreach (var file in _open.Values)
            more |= file?.LookAgain() ?? false;
        return more;
    }

    private int LowerBound(TraceId id)
    {
        var (low, high) = (0, _memory.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_memory[middle].Id < id)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private void ReadRun(RunPart run, Dictionary<TraceId, List<ReadOnlyMemory<byte>>> traces, CancellationToken cancellationToken)
    {
        using var cursor = run.Open();
        foreach (var (id, spans) in traces)
            ReadRun(cursor, id, spans, cancellationToken);
    }

    private void ReadRun(RunCursor cursor, TraceId id, List<ReadOnlyMemory<byte>> spans, CancellationToken cancellationToken)
    {
        Span<byte> key = stackalloc byte[TraceRunKey.Bytes];
        foreach (var failed in (ReadOnlySpan<bool>)[true, false])
        {
            cancellationToken.ThrowIfCancellationRequested();
            TraceRunKey.Write(key, failed, new TraceKey(id, 0));
            var prefix = key[..(1 + TraceId.Bytes)];
            _budget.Read(RunBlock.TargetBytes);
            for (var found = cursor.Seek(key); found && cursor.Key.StartsWith(prefix); found = cursor.MoveNext())
            {
                // A copy, for the spans are kept beyond the block.
                TracePayload.Read(cursor.Payload.ToArray(), spans);
            }
        }
    }
}
