using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Journal;
using VmObs.Storage.Embedded.Seal;
using VmObs.Storage.Embedded.Writing;
using VmObs.Storage.Embedded.Reading;
using VmObs.Storage.Embedded.Retention;

namespace VmObs.Storage.Embedded.Store;

/// <summary>The store of one data folder: journal, open hours, sealed hours. Whoever opens it disposes it.</summary>
/// <remarks>Thread-safe. One engine a folder; the caller holds the folder's lock.</remarks>
public sealed class EmbeddedStore : IAsyncDisposable
{
    private const long EvenBeforeExpiryNanos = 24L * 3600 * 1_000_000_000;

    private readonly StoreContext _context;
    private readonly MetricStore _metrics;
    private readonly LogStore _logs;
    private readonly LogSource _logSource;
    private readonly SealedSlices _slices;
    private readonly TraceStore _traces;
    private readonly Dictionary<Signal, SignalStore> _stores;
    private readonly string _journalFolder;
    private readonly SemaphoreSlim _sealing = new(1, 1);
    private readonly RetentionRound _retention;
    private readonly JournalTrim _trim;
    private readonly ClockWatch _clock;
    // Steps of the clock without their receipts, in order.
    private readonly ConcurrentQueue<ClockStep> _steps = [];
    private readonly Lock _lowWaterLock = new();
    private readonly ConcurrentDictionary<string, string> _refused = new(StringComparer.Ordinal);
    private long _spilledBefore;
    private JournalWriter? _journal;

    private EmbeddedStore(StoreContext context, Admission admission)
    {
        _context = context;
        _clock = new ClockWatch(context.Time);
        _journalFolder = Path.Combine(context.DataFolder, "journal");
        _metrics = new MetricStore(context, admission);
        _logs = new LogStore(context, admission);
        _traces = new TraceStore(context, admission);
        _stores = new() { [Signal.Metrics] = _metrics, [Signal.Logs] = _logs, [Signal.Traces] = _traces };
        _retention = new RetentionRound(context, _stores);
        _trim = new JournalTrim(context.Options.Retention.JournalKeepNanos, context.Options.Retention.JournalMaxBytes);
        Metrics = new MetricSource(context, _metrics.Hours);
        _logSource = new LogSource(context, _logs.Hours);
        _slices = new SealedSlices(context);
        Traces = new TraceSource(context, _traces);
    }

    /// <summary>Takes samples.</summary>
    public ISink<MetricBatch> MetricSink => _metrics;

    /// <summary>Takes log records.</summary>
    public ISink<LogBatch> LogSink => _logs;

    /// <summary>Takes spans.</summary>
    public ISink<TraceBatch> TraceSink => _traces;

    /// <summary>Answers about samples.</summary>
    public IMetricSource Metrics { get; }

    /// <summary>Answers about log records.</summary>
    public ILogSource Logs => _logSource;

    /// <summary>Where a log record stands in the sealed files of its hour; null where none has it (yet).</summary>
    /// <param name="record">As a query found it.</param>
    /// <exception cref="DamagedFileException">A file is not what was written.</exception>
    public LogPlace? Locate(LogRecord record) => _logSource.Locate(record);

    /// <summary>The Bao slice of a range of a sealed file, in groups of 1 KiB.</summary>
    /// <param name="storagePath">The file, relative to the data folder.</param>
    /// <param name="root">BLAKE3 of the file as it was sealed.</param>
    /// <param name="offset">The range's first byte.</param>
    /// <param name="length">Bytes of the range, which are still there.</param>
    /// <exception cref="DamagedFileException">The file is not what was sealed.</exception>
    /// <exception cref="FileNotFoundException">It has expired.</exception>
    public byte[] Slice(string storagePath, in Digest root, long offset, long length) => _slices.Slice(storagePath, root, offset, length);

    /// <summary>Tells of log records as they are stored.</summary>
    public ILogFeed LogFeed => _logs.Feed;

    /// <summary>Answers about spans.</summary>
    public ITraceSource Traces { get; }

    /// <summary>Open hours by signal, with those being sealed.</summary>
    public IReadOnlyDictionary<Signal, int> OpenHours => new Dictionary<Signal, int>
    {
        [Signal.Metrics] = _metrics.Hours.Current.Open.Length,
        [Signal.Logs] = _logs.Hours.Current.Open.Length,
        [Signal.Traces] = _traces.Hours.Current.Open.Length,
    };

    /// <summary>The last record that the journal has on disk, and its chain.</summary>
    public DurableJournal Journal => (_journal ?? throw new InvalidOperationException("BUG: asked before the replay was done")).Head;

    /// <summary>Bytes that open hours hold in memory, and the bound.</summary>
    public (long Used, long Limit) Memory => (_context.Budget.Used, _context.Budget.Limit);

    /// <summary>What the disk refused and is tried again every second, with its words: spilling, sealing.</summary>
    public IReadOnlyDictionary<string, string> Refused => new Dictionary<string, string>(_refused);

    /// <summary>Opens or creates a data folder's store and recovers what was acknowledged.</summary>
    /// <param name="options">How it works.</param>
    /// <param name="disk">The file system.</param>
    /// <param name="receipts">Where sealed hours and significant traces are receipted; already open.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For what an operator should know.</param>
    /// <param name="cancellationToken">Gives up opening.</param>
    /// <exception cref="DamagedFileException">The journal is damaged where it had been durable.</exception>
    public static async Task<EmbeddedStore> OpenAsync(
        StoreOptions options, DiskFolder disk, IReceiptSink receipts, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var context = new StoreContext(options, disk, receipts, new HeadBudget(options.HeadBudgetBytes, time), time, logger);
        var admission = new Admission(context);
        var store = new EmbeddedStore(context, admission);
        disk.CreateFolder(store._journalFolder);
        store._retention.FinishInterrupted();
        var end = await new Recovery(context, store._stores).RunAsync(store._journalFolder, cancellationToken);
        foreach (var signal in store._stores.Values)
            signal.Start(end);
        store._journal = new JournalWriter(disk, store._journalFolder, end, options, time, store.Dispatch);
        admission.Start(store._journal);
        return store;
    }

    /// <summary>Decides complete traces, brings memory to disk, seals hours as they fall due and drops them as they expire, until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        EverySecondAsync("spilling", SpillAsync, cancellationToken),
        EverySecondAsync("sealing", () => SealDueHoursAsync(cancellationToken), cancellationToken),
        EveryHourAsync(cancellationToken));

    /// <summary>Drops what has expired, now.</summary>
    public Task<RetentionResult> ExpireAsync(CancellationToken cancellationToken) => _retention.RunAsync(cancellationToken);

    /// <summary>What <see cref="ExpireAsync"/> would drop.</summary>
    public Task<RetentionResult> PlanExpiryAsync(CancellationToken cancellationToken) => _retention.PlanAsync(cancellationToken);

    /// <summary>A round of retention; none for a day after a step of the clock: what is dropped by a wrong clock does not come back.</summary>
    internal async Task ExpireDueHoursAsync(CancellationToken cancellationToken)
    {
        if (LookAtClock(EvenBeforeExpiryNanos).IsEven)
            await ExpireAsync(cancellationToken);
    }

    /// <summary>Seals hours that fell due; none while the clock's last step is too near.</summary>
    internal async Task SealDueHoursAsync(CancellationToken cancellationToken)
    {
        var (now, isEven) = LookAtClock(HourSchedule.GraceNanos);
        while (_steps.TryPeek(out var step))
        {
            await _context.Receipts.ClockSteppedAsync(step, cancellationToken);
            _steps.TryDequeue(out _);
        }
        if (isEven)
            await SealAsync(new SealRule(now, AllEnded: false), cancellationToken);
    }

    /// <summary>Decides traces that are complete, and keeps what a restart would replay short, whatever the length of the hour.</summary>
    internal async Task SpillAsync()
    {
        // Right after a step times of arrival say nothing of how long a trace has been quiet.
        var (now, isEven) = LookAtClock(TraceDecider.QuietNanos);
        if (isEven)
            await _traces.DecideAsync(new SealRule(now, AllEnded: false));
        var olderThan = _journal!.SpillBefore;
        foreach (var store in _stores.Values)
            await store.SpillAsync(olderThan);
        if (olderThan == _spilledBefore)
            return;
        using var share = FolderHold.TryShare(_context.DataFolder);
        // While a backup is made the mark stays, and with it the journal.
        if (share is null)
            return;
        MoveLowWaterMark();
        _spilledBefore = olderThan;
    }

    /// <summary>Seals every ended hour at once and decides its open traces; receipts and ROOT are durable when the task completes.</summary>
    /// <returns>The hours sealed, in order.</returns>
    public Task<IReadOnlyList<SealedHour>> SealEndedHoursAsync(CancellationToken cancellationToken) =>
        SealAsync(new SealRule(_context.NowUnixNanos, AllEnded: true), cancellationToken);

    /// <summary>Makes durable and applies what is queued, then closes the files; open hours are taken up again at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_journal is not null)
            await _journal.DisposeAsync();
        foreach (var store in _stores.Values)
            await store.DisposeAsync();
        await _logs.Feed.DisposeAsync();
        await _logSource.DisposeAsync();
        _sealing.Dispose();
        _retention.Dispose();
    }

    private async Task EverySecondAsync(string what, Func<Task> work, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _context.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await work();
                if (_refused.TryRemove(what, out _))
                    _context.Logger.LogInformation("{What} works again", what);
            }
            catch (FolderHeldException)
            {
                // In a second again, for as long as the backup takes.
                continue;
            }
            catch (IOException error)
            {
                // Said once, not every second for as long as it lasts.
                if (_refused.TryAdd(what, error.Message))
                    _context.Logger.LogError(error, "{What} failed and is tried again every second: {Message}", what, error.Message);
            }
        }
    }

    // The first one at once: an engine that is restarted often expires hours all the same.
    private async Task EveryHourAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), _context.Time);
        do
            await ExpireDueHoursAsync(cancellationToken);
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    // Each of the loops looks before it acts on the time: whichever comes first after a step sees it.
    private (long NowUnixNanos, bool IsEven) LookAtClock(long evenForNanos)
    {
        lock (_clock)
        {
            if (_clock.Look() is { } step)
                _steps.Enqueue(step);
            return (_clock.NowUnixNanos, _clock.IsEvenFor(evenForNanos));
        }
    }

    private async Task<IReadOnlyList<SealedHour>> SealAsync(SealRule rule, CancellationToken cancellationToken)
    {
        // One at a time: the operator's command returns only when hours that fell due by themselves are done as well.
        await _sealing.WaitAsync(cancellationToken);
        try
        {
            using var share = FolderHold.TryShare(_context.DataFolder)
                ?? throw new FolderHeldException($"{_context.DataFolder}: a backup is being made of it; no hour is sealed until it is done");
            var hours = new List<SealedHour>();
            foreach (var store in _stores.Values)
                hours.AddRange(await store.SealAsync(rule, cancellationToken));
            if (hours.Count > 0)
                TryMoveLowWaterMark();
            return hours;
        }
        finally
        {
            _sealing.Release();
        }
    }

    private void TryMoveLowWaterMark()
    {
        try
        {
            MoveLowWaterMark();
        }
        catch (IOException error)
        {
            // The hours are sealed all the same; an older mark costs the next start some time.
            _context.Logger.LogError(error, "the journal's low-water mark could not be moved: {Message}", error.Message);
        }
    }

    private void MoveLowWaterMark()
    {
        // The seconds' work and the operator's command may come at the same time.
        lock (_lowWaterLock)
        {
            // Before the stores are asked: what is handed on meanwhile lies behind it.
            var next = _journal!.HandedOnThrough + 1;
            var position = Math.Min(next, _stores.Values.Min(store => store.FirstNeededPosition()));
            // After the position: what holds the records before it is durable by now.
            new LowWaterMark(position, [.. _stores.Values.SelectMany(store => store.ReliedManifests())], [.. _stores.Values.SelectMany(store => store.ReliedRuns())])
                .Write(_context.Disk, _journalFolder);
            foreach (var store in _stores.Values)
                store.DropRuns(position);
            _trim.Run(_context.Disk, _journalFolder, position, _context.NowUnixNanos);
        }
    }

    private void Dispatch(JournalEntry entry) => _stores[entry.Request.Signal].Enqueue(entry);
}
