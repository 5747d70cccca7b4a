using System.Runtime.CompilerServices;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Reads log records from open and sealed hours, hour by hour.</summary>
internal sealed class LogSource : ILogSource, IAsyncDisposable
{
    // Some 60 MB of tables at most: 100 million lines.
    private const int MaxCachedBlocks = 256 * 1024;
    private const int MaxCachedFiles = 512;

    private readonly StoreContext _context;
    private readonly HourCatalog<LogOpenHour> _hours;
    private readonly LogTableCache _tables;
    private readonly GramBackfill _backfill;
    private readonly ScanThreads _threads = new(Environment.ProcessorCount - 1);

    public LogSource(StoreContext context, HourCatalog<LogOpenHour> hours)
    {
        (_context, _hours) = (context, hours);
        _tables = new LogTableCache(context.Disk, context.Grams, MaxCachedBlocks, MaxCachedFiles);
        _backfill = new GramBackfill(context, _tables.Forget);
    }

    public async IAsyncEnumerable<LogRecord> FindAsync(LogQuery query, QueryBudget budget, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = new LogLineScan(new LogMatcher(query));
        using var hold = Hold();
        var left = query.Limit;
        foreach (var hour in HoursOf(hold, lines.Matcher))
        {
            var found = new TopRecords(query.NewestFirst, left, budget);
            using var blocks = await Task.Run(() => Collect(hold, hour, lines, found, cancellationToken), cancellationToken);
            blocks.Sort();
            var scan = new LogHourScan(blocks, new BlockScan(lines, blocks.Blocks, budget, _threads), found);
            while (left > 0 && await scan.NextAsync(cancellationToken) is { Count: > 0 } records)
            {
                foreach (var record in records)
                {
                    yield return record;
                    budget.Release(TopRecords.CostOf(record));
                }
                left -= records.Count;
            }
            if (left == 0)
                yield break;
        }
    }

    public async Task<IReadOnlyList<LogCount>> CountAsync(LogQuery query, QueryBudget budget, CancellationToken cancellationToken)
    {
        var matcher = new LogMatcher(query);
        var lines = new LogLineScan(matcher);
        var total = new LogTally();
        using var hold = Hold();
        foreach (var hour in HoursOf(hold, matcher))
        {
            using var blocks = await Task.Run(() => Collect(hold, hour, lines, total, cancellationToken), cancellationToken);
            var read = new List<(LogSegment Segment, LogBlock Block)>();
            foreach (var entry in blocks.Blocks)
            {
                // A block that reaches over an end of the time asked for needs reading.
                if (matcher.IsOfTableAlone && entry.Block.FirstUnixNanos >= matcher.FromUnixNanos && entry.Block.LastUnixNanos < matcher.ToUnixNanos)
                    total.Add(entry.Block, matcher.Service, query.MinLevel, query.MaxLevel);
                else
                    read.Add(entry);
            }
            var tallies = new List<LogTally>();
            await new BlockScan(lines, read, budget, _threads).RunAsync(
                () =>
                {
                    var tally = new LogTally();
                    lock (tallies)
                        tallies.Add(tally);
                    return tally;
                },
                static _ => true, cancellationToken);
            tallies.ForEach(total.Add);
        }
        return total.ToCounts();
    }

    /// <summary>Where a record stands in the sealed files of its hour; null where none has it (yet).</summary>
    /// <param name="record">As a query found it.</param>
    /// <exception cref="DamagedFileException">A file is not what was written.</exception>
    public LogPlace? Locate(LogRecord record)
    {
        using var text = new PooledBuffer(LogFileWriter.BlockTextBytes * 2);
        foreach (var name in _hours.Current.Sealed.Where(name => name.Hour == HourId.Of(record.TimestampUnixNanos)))
        {
            using var file = _hours.OpenSealed(_context, name);
            if (file is null)
                continue;
            foreach (var block in _tables.Of(name, file.File).Blocks)
            {
                if (record.TimestampUnixNanos < block.FirstUnixNanos || record.TimestampUnixNanos > block.LastUnixNanos || file.IsGone(block.Offset, block.Length))
                    continue;
                text.Clear();
                LogFileReader.ReadBlock(file.File, block, text);
                if (LineOf(text.WrittenSpan, record.Json.Span) is { } line)
                    return new LogPlace(name.StoragePath, name.Hour, block.Offset, block.Length, line);
            }
        }
        return null;
    }

    private static int? LineOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> line)
    {
        for (var number = 0; !text.IsEmpty; number++)
        {
            var end = text.IndexOf((byte)'\n');
            if (text[..end].SequenceEqual(line))
                return number;
            text = text[(end + 1)..];
        }
        return null;
    }

    /// <summary>Completes when the gram files that were asked for are made.</summary>
    public Task WhenBackfilledAsync() => _backfill.WhenMadeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _backfill.DisposeAsync();
        _tables.Dispose();
    }

    private static List<HourId> HoursOf(HeldHours hold, LogMatcher matcher)
    {
        var groups = hold.Sealed.Select(name => name.Hour).Concat(hold.Open.Select(hour => hour.Hour.Name.Hour))
            .Where(hour => hour.StartUnixNanos < matcher.ToUnixNanos && hour.EndUnixNanos > matcher.FromUnixNanos)
            .Distinct().Order().ToList();
        if (matcher.Query.NewestFirst)
            groups.Reverse();
        return groups;
    }

    /// <summary>Takes hold of the open hours' files and of their state at one moment.</summary>
    private HeldHours Hold()
    {
        while (true)
        {
            var current = _hours.Current;
            var open = current.Open.Select(hour => (Hour: hour, View: hour.View, hour.File)).ToList();
            var held = new List<SharedFile>();
            if (open.TrueForAll(hour => hour.View.Blocks.Count == 0 || (hour.File!.TryHold() && Add(held, hour.File))))
                return new HeldHours(current.Sealed, [.. open.Select(hour => (hour.Hour, hour.View, hour.File?.File))], held);
            // An hour was sealed and let go in between: the catalog has its file by now.
            foreach (var file in held)
                file.Release();
        }

        static bool Add(List<SharedFile> held, SharedFile file)
        {
            held.Add(file);
            return true;
        }
    }

    /// <summary>What of an hour is in memory goes to the sink; what is in files is listed.</summary>
    private LogHourBlocks Collect(HeldHours hold, HourId hour, LogLineScan lines, ILogLineSink sink, CancellationToken cancellationToken)
    {
        var blocks = new LogHourBlocks(lines.Matcher);
        try
        {
            using var buffer = new PooledBuffer(4096);
            foreach (var (open, view, file) in hold.Open.Where(open => open.Hour.Name.Hour == hour))
            {
                foreach (var run in lines.Matcher.Query.NewestFirst ? view.Runs.Reverse() : view.Runs)
                    Scan(open, run.Published, lines, buffer, sink, cancellationToken);
                if (view.Blocks.Count > 0)
                    blocks.AddOpen(file!, view.Blocks, open.Grams);
            }
            foreach (var name in hold.Sealed.Where(name => name.Hour == hour))
            {
                if (_hours.OpenSealed(_context, name) is { } file)
                    blocks.AddSealed(name, file, _tables, _backfill);
            }
            return blocks;
        }
        catch
        {
            blocks.Dispose();
            throw;
        }
    }

    /// <summary>Goes through a run's records, which lie in the order of arrival: from what is likely to come first, so that little is put together
    /// that does not stay.</summary>
    private static void Scan(LogOpenHour hour, LogRun.Snapshot run, LogLineScan lines, PooledBuffer document, ILogLineSink sink, CancellationToken cancellationToken)
    {
        const int LinesBetweenLooks = 1024;
        var (service, isAsked) = (-1, true);
        for (var i = 0; i < run.Count; i++)
        {
            if (i % LinesBetweenLooks == 0)
                cancellationToken.ThrowIfCancellationRequested();
            ref readonly var line = ref run.Lines[lines.Matcher.Query.NewestFirst ? run.Count - 1 - i : i];
            if (!lines.Matcher.MatchesTimeAndLevel(line.TimestampUnixNanos, line.Level) || !sink.MayTake(line.TimestampUnixNanos))
                continue;
            if (line.Service != service)
                (service, isAsked) = (line.Service, lines.MayBeOf(hour.EscapedService(line.Service)));
            if (!isAsked || !lines.Matcher.MayMatch(line.Tail.Span))
                continue;
            document.Clear();
            LogLine.Write(document, hour.EscapedService(line.Service), line);
            lines.Line(document.WrittenSpan, sink);
        }
    }

    private sealed record HeldHours(
        IReadOnlyList<HourFile> Sealed, IReadOnlyList<(LogOpenHour Hour, LogHourView View, DiskFile? File)> Open, List<SharedFile> Files) : IDisposable
    {
        public void Dispose()
        {
            foreach (var file in Files)
                file.Release();
        }
    }
}
