using System.Text;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Logs;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Seal;

namespace VmObs.Storage.Embedded.Head;

/// <summary>A log hour that still takes records: runs in memory, flowing into its .open file.</summary>
/// <remarks>The signal's applier alone adds; flushes run one after the other beside it; readers take <see cref="View"/>.</remarks>
internal sealed class LogOpenHour : IOpenHour, IDisposable
{
    /// <summary>A run goes to the file when its records cost this much: large enough that sorting by stream fills whole blocks.</summary>
    public const long RunBytes = 8L * 1024 * 1024;

    private readonly LogHourFile _file;
    private readonly HeadBudget _budget;
    private readonly Lock _viewLock = new();
    private readonly LabelTable _streams = new();
    private readonly List<int> _streamServices = [];
    private readonly Dictionary<string, int> _serviceNumbers = new(StringComparer.Ordinal);
    private readonly List<ServiceClock> _services = [];
    private readonly Queue<FrozenRun> _frozen = new();
    // Never disposed: it holds no handle, and a flush that was begun in the background may still wait for it at the end.
    private readonly SemaphoreSlim _writing = new(1, 1);
    private LogRun? _run;
    private volatile ServiceClock[] _publishedServices = [];
    private volatile LogHourView _view = new([], []);

    public LogOpenHour(LogHourFile file, HourFile name, HeadBudget budget, long firstPosition, long firstArrivalUnixNanos)
    {
        _file = file;
        Name = name;
        _budget = budget;
        FirstPosition = firstPosition;
        FirstArrivalUnixNanos = LastArrivalUnixNanos = firstArrivalUnixNanos;
    }

    public HourFile Name { get; }

    /// <summary>The journal's record that brought the hour's first data.</summary>
    public long FirstPosition { get; }

    public long FirstArrivalUnixNanos { get; }

    public long LastArrivalUnixNanos { get; private set; }

    /// <summary>What readers may see.</summary>
    public LogHourView View => _view;

    /// <summary>The .open file; null until the first flush.</summary>
    public SharedFile? File => _file.Shared;

    /// <summary>Which of the file's blocks may hold a text.</summary>
    public GramReader Grams => _file.Grams;

    /// <summary>Bytes of its manifest that are durable.</summary>
    public long ManifestLength => _file.ManifestLength;

    /// <summary>The first record of the journal whose data is not in the file; null when all is.</summary>
    public long? FirstUnflushed => _view.Runs is [var first, ..] ? first.FirstPosition : null;

    /// <summary>Bytes of the run that still grows; for the applier.</summary>
    public long RunBytesHeld => _run?.ReservedBytes ?? 0;

    /// <summary>Takes up an hour where its manifest left it.</summary>
    public static LogOpenHour Resume(LogHourFile file, HourFile name, HeadBudget budget)
    {
        var flushed = file.Flushed!;
        var hour = new LogOpenHour(file, name, budget, flushed.FirstPosition, flushed.FirstArrivalUnixNanos);
        hour.SkipIds(file.Blocks);
        hour._view = new LogHourView(file.Blocks, []);
        return hour;
    }

    /// <summary>Counts records that the hour's files hold already, so that new ids do not meet theirs.</summary>
    public void SkipIds(IEnumerable<LogBlock> blocks)
    {
        foreach (var service in blocks.SelectMany(block => block.Services))
            _services[ServiceNumber(Encoding.UTF8.GetBytes(service.Service))].Skip(service.Counts.Sum(), service.LastUnixNanos);
    }

    /// <summary>Counts the records of an earlier file of the hour that is closed and not sealed yet.</summary>
    public void SkipIds(LogOpenHour closed)
    {
        foreach (var service in closed._services)
            service.SkipTo(_services[ServiceNumber(service.Name.Span)]);
    }

    /// <summary>The number of a stream, for <see cref="Add"/>.</summary>
    public int Stream(ReadOnlySpan<byte> key)
    {
        var stream = _streams.GetOrAdd(key);
        if (stream == _streamServices.Count)
            _streamServices.Add(ServiceNumber(LabelKey.ValueOf(key, "service"u8)));
        return stream;
    }

    /// <summary>A service's name as it stands inside a JSON string; for numbers in published records.</summary>
    public ReadOnlySpan<byte> EscapedService(int service) => _publishedServices[service].EscapedName;

    /// <summary>Adds a record; seen after <see cref="Publish"/>.</summary>
    public void Add(long position, long timestampUnixNanos, Level level, int stream, ReadOnlySpan<byte> tail)
    {
        if (_run is null)
        {
            _run = new LogRun(position);
            lock (_viewLock)
                _view = _view with { Runs = [.. _view.Runs, _run] };
        }
        var service = _streamServices[stream];
        _run.Add(timestampUnixNanos, level, stream, service, _services[service].Next(timestampUnixNanos), tail);
    }

    /// <summary>Shows readers what one record of the journal added, and sends a full run on its way to the file.</summary>
    /// <returns>The records that were added: those of the run from the index on.</returns>
    public (LogRun.Snapshot Run, int From) Publish(long position, long arrivalUnixNanos)
    {
        LastArrivalUnixNanos = Math.Max(LastArrivalUnixNanos, arrivalUnixNanos);
        if (_publishedServices.Length != _services.Count)
            _publishedServices = [.. _services];
        var from = _run!.Published.Count;
        _run.Publish(position);
        var published = _run.Published;
        if (_run.ReservedBytes >= RunBytes)
            BeginFlush();
        return (published, from);
    }

    /// <summary>Sends what is in memory on its way to the file; never blocks.</summary>
    public void BeginFlush()
    {
        if (_run is not { } run)
            return;
        _run = null;
        lock (_frozen)
            _frozen.Enqueue(new FrozenRun(run, _publishedServices));
        _ = FlushInBackgroundAsync();
    }

    /// <summary>Brings what was sent on its way into the file.</summary>
    /// <exception cref="IOException">The disk refused; nothing is lost, and asking again tries again.</exception>
    public async Task FlushAsync()
    {
        await _writing.WaitAsync();
        try
        {
            await FlushFrozenAsync();
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Finishes the file once all is in it, gives it its name and returns what its receipt says.</summary>
    /// <param name="journalTo">Position through which the journal was applied when the hour closed.</param>
    /// <param name="journalHead">The journal's chain there, hex.</param>
    /// <exception cref="IOException">The disk refused; nothing is lost, and asking again tries again.</exception>
    public async Task<SealedHour> FinishAsync(long journalTo, string journalHead)
    {
        await _writing.WaitAsync();
        try
        {
            await FlushFrozenAsync();
            return await OwnThread.RunAsync(() => _file.Finish(summary => new SealedHour(
                Name.Signal, Name.Hour, Name.LateIndex, Name.StoragePath, summary.ContentHash.ToHex(), summary.Length,
                new JournalSpan(FirstPosition, journalTo, journalHead))
            {
                Logs = new LogHourFacts(summary.Counts, summary.Services),
            }));
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Lets go of the files; readers that hold them go on.</summary>
    public void Dispose() => _file.Dispose();

    private async Task FlushInBackgroundAsync()
    {
        try
        {
            await FlushAsync();
        }
        catch (IOException)
        {
            // The run stays, and whoever asks for the flush next gets the failure if it lasts.
        }
    }

    private async Task FlushFrozenAsync()
    {
        while (Next() is { } frozen)
        {
            await OwnThread.RunAsync(() => Flush(frozen.Run, frozen.Services));
            lock (_frozen)
                _frozen.Dequeue();
        }
    }

    private FrozenRun? Next()
    {
        lock (_frozen)
            return _frozen.TryPeek(out var frozen) ? frozen : null;
    }

    private void Flush(LogRun run, ServiceClock[] services)
    {
        var blocks = _file.Flush(
            writer => Write(run, services, writer),
            writer => new HourFlush(run.LastPosition, FirstPosition, FirstArrivalUnixNanos, writer.Length, writer.ExportHashState()));
        lock (_viewLock)
            _view = new LogHourView(blocks, [.. _view.Runs.Where(other => other != run)]);
        _budget.Release(run.ReservedBytes);
    }

    private static void Write(LogRun run, ServiceClock[] services, LogFileWriter writer)
    {
        var (lines, count) = run.Published;
        var order = new int[count];
        for (var i = 0; i < count; i++)
            order[i] = i;
        order.AsSpan().Sort((a, b) => Compare(lines, a, b));
        using var document = new PooledBuffer(4096);
        foreach (var index in order)
        {
            ref readonly var line = ref lines[index];
            var service = services[line.Service];
            document.Clear();
            LogLine.Write(document, service.EscapedName, line);
            writer.Append(document.WrittenSpan, line.Level, line.TimestampUnixNanos, service.Name.Span);
        }
    }

    private int ServiceNumber(ReadOnlySpan<byte> name)
    {
        var text = Encoding.UTF8.GetString(name);
        if (_serviceNumbers.TryGetValue(text, out var number))
            return number;
        _services.Add(new ServiceClock(name.ToArray()));
        _serviceNumbers.Add(text, _services.Count - 1);
        return _services.Count - 1;
    }

    // By class (a block holds one), stream and time; equal ones in order of arrival.
    private static int Compare(LogRun.Line[] lines, int a, int b)
    {
        ref readonly var left = ref lines[a];
        ref readonly var right = ref lines[b];
        var order = left.Level.Retention().CompareTo(right.Level.Retention());
        if (order == 0)
            order = left.Stream.CompareTo(right.Stream);
        if (order == 0)
            order = left.TimestampUnixNanos.CompareTo(right.TimestampUnixNanos);
        return order != 0 ? order : a.CompareTo(b);
    }

    /// <summary>A run that takes no more records.</summary>
    private sealed record FrozenRun(LogRun Run, ServiceClock[] Services);
}
