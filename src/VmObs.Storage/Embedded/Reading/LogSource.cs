using System.Runtime.CompilerServices;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Reads log records from open and sealed hours, hour by hour.</summary>
internal sealed class LogSource(StoreContext context, HourCatalog<LogOpenHour> hours) : ILogSource
{
    public async IAsyncEnumerable<LogRecord> FindAsync(LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var matcher = new LogMatcher(query);
        using var hold = Hold();
        var groups = hold.Sealed.Select(name => name.Hour).Concat(hold.Open.Select(hour => hour.Hour.Name.Hour))
            .Where(hour => hour.StartUnixNanos < query.ToUnixNanos && hour.EndUnixNanos > query.FromUnixNanos)
            .Distinct().Order().ToList();
        if (query.NewestFirst)
            groups.Reverse();
        var left = query.Limit;
        foreach (var hour in groups)
        {
            var found = await Task.Run(() => FindInHour(hold, hour, matcher, left, cancellationToken), cancellationToken);
            foreach (var record in found)
                yield return record;
            left -= found.Count;
            if (left == 0)
                yield break;
        }
    }

    /// <summary>Takes hold of the open hours' files and of their state at one moment.</summary>
    private HeldHours Hold()
    {
        while (true)
        {
            var current = hours.Current;
            var open = current.Open.Select(hour => (Hour: hour, View: hour.View, hour.File)).ToList();
            var held = new List<SharedFile>();
            if (open.TrueForAll(hour => hour.View.Blocks.Count == 0 || (hour.File!.TryHold() && Add(held, hour.File))))
                return new HeldHours(current.Sealed, [.. open.Select(hour => (hour.Hour, hour.View))], held);
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

    private List<LogRecord> FindInHour(HeldHours hold, HourId hour, LogMatcher matcher, int limit, CancellationToken cancellationToken)
    {
        var found = new TopRecords(limit, matcher.Query.NewestFirst);
        using var text = new PooledBuffer(LogFileWriter.BlockTextBytes * 2);
        foreach (var name in hold.Sealed.Where(name => name.Hour == hour))
        {
            using var file = hours.OpenSealed(context, name);
            if (file is not null)
                FindInSealed(file, matcher, text, found, cancellationToken);
        }
        foreach (var (open, view) in hold.Open.Where(open => open.Hour.Name.Hour == hour))
        {
            if (view.Blocks.Count > 0)
                FindInBlocks(open.File!.File, view.Blocks, matcher, text, found, cancellationToken);
            foreach (var run in view.Runs)
                FindInRun(open, run, matcher, text, found);
        }
        return found.InOrder();
    }

    private static void FindInSealed(SealedFile file, LogMatcher matcher, PooledBuffer text, TopRecords found, CancellationToken cancellationToken)
    {
        foreach (var block in LogFileReader.ReadTable(file.File))
        {
            if (file.IsGone(block.Offset, block.Length))
                continue;
            try
            {
                FindInBlocks(file.File, [block], matcher, text, found, cancellationToken);
            }
            catch (DamagedFileException) when (file.LookAgain() && file.IsGone(block.Offset, block.Length))
            {
                // Expired since the file was opened; nothing of the block was offered, for its CRC comes first.
            }
        }
    }

    private static void FindInBlocks(
        DiskFile file, IReadOnlyList<LogBlock> blocks, LogMatcher matcher, PooledBuffer text, TopRecords found, CancellationToken cancellationToken)
    {
        foreach (var block in blocks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!MayHold(block, matcher.Query))
                continue;
            text.Clear();
            LogFileReader.ReadBlock(file, block, text);
            for (var rest = text.WrittenSpan; !rest.IsEmpty;)
            {
                var end = rest.IndexOf((byte)'\n');
                if (end < 0)
                    throw new DamagedFileException(file.Path, block.Offset, "a line without an end", "lines that end with a newline");
                Offer(rest[..end], matcher, found);
                rest = rest[(end + 1)..];
            }
        }
    }

    private static void FindInRun(LogOpenHour hour, LogRun run, LogMatcher matcher, PooledBuffer text, TopRecords found)
    {
        var (lines, count) = run.Published;
        for (var i = 0; i < count; i++)
        {
            if (!matcher.MatchesTimeAndLevel(lines[i].TimestampUnixNanos, lines[i].Level))
                continue;
            text.Clear();
            LogLine.Write(text, hour.EscapedService(lines[i].Service), lines[i]);
            Offer(text.WrittenSpan, matcher, found);
        }
    }

    private static void Offer(ReadOnlySpan<byte> line, LogMatcher matcher, TopRecords found)
    {
        if (matcher.MayMatch(line) && LogLineFields.TryRead(line) is { } fields
            && matcher.Matches(fields.TimestampUnixNanos, fields.Level, fields.Service, fields.Node, line))
            found.Offer(fields.TimestampUnixNanos, fields.Level, line);
    }

    private static bool MayHold(LogBlock block, LogQuery query)
    {
        if (block.LastUnixNanos < query.FromUnixNanos || block.FirstUnixNanos >= query.ToUnixNanos)
            return false;
        foreach (var service in block.Services)
        {
            if (query.Service is not null && service.Service != query.Service)
                continue;
            if (service.Counts.AsSpan((int)query.MinLevel..((int)query.MaxLevel + 1)).ContainsAnyExcept(0))
                return true;
        }
        return false;
    }

    private sealed record HeldHours(IReadOnlyList<HourFile> Sealed, IReadOnlyList<(LogOpenHour Hour, LogHourView View)> Open, List<SharedFile> Files) : IDisposable
    {
        public void Dispose()
        {
            foreach (var file in Files)
                file.Release();
        }
    }
}
