using Microsoft.Extensions.Logging;
using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Storage.Embedded.Feed;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Journal;
using VmObs.Storage.Embedded.Seal;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>Log records: takes them in and keeps their hours.</summary>
internal sealed class LogStore(StoreContext context, Admission admission) : SignalStore<LogOpenHour>(context, Signal.Logs), ISink<LogBatch>
{
    // Owned by the applier.
    private readonly List<LogOpenHour> _touched = [];

    /// <summary>Tells of records as they are published.</summary>
    public LogFeed Feed { get; } = new();

    public ValueTask<AppendOutcome> AppendAsync(ReceivedRequest request, LogBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (batch.Count == 0)
            return new(AppendOutcome.Stored(0));
        long cost = 0;
        var last = new HourId(long.MinValue);
        foreach (ref readonly var record in batch.Records)
        {
            cost += LogRun.CostOf(record.TailLength);
            var hour = HourId.Of(record.TimestampUnixNanos);
            if (hour != last && !HasRoomFor(hour))
                return new(Admission.TooManyHours(hour, MaxOpenHours));
            last = hour;
        }
        return admission.AppendAsync(request, batch, cost);
    }

    public override bool TryResume(HourFile name, HourManifest manifest, HourManifestState state)
    {
        if (state.Flush is null)
            return false;
        var hour = LogOpenHour.Resume(LogHourFile.Resume(Context.Disk, name.PathIn(Context.DataFolder), Context.Grams, manifest, state), name, Context.Budget);
        SkipEarlierIds(hour);
        Accept(hour);
        NoteApplied(name.Hour, state.Flush.AppliedThrough);
        return true;
    }

    public override IEnumerable<ReliedManifest> ReliedManifests() =>
        Hours.Current.Open.Where(hour => hour.ManifestLength > 0).Select(hour => new ReliedManifest(hour.Name, hour.ManifestLength));

    public override ValueTask ReplayAsync(JournalRecord record, RequestDecoder decoder, ReadOnlyMemory<byte> body)
    {
        using var batch = new LogBatch();
        if (decoder.TryDecode(record.ToRequest(body), batch) is { } error)
            throw new InvalidOperationException($"BUG: journal record {record.Position} was accepted and cannot be decoded: {error}");
        Context.Budget.Reserve(Apply(record.Position, record.ArrivalUnixNanos, batch));
        return ValueTask.CompletedTask;
    }

    public override async Task SpillAsync(long olderThan)
    {
        var hours = Hours.Current.Open;
        await Applier.InvokeAsync(() =>
        {
            foreach (var hour in hours.Where(hour => hour.FirstUnflushed < olderThan))
                hour.BeginFlush();
            return true;
        });
        foreach (var hour in hours)
            await hour.FlushAsync();
    }

    protected override async Task EndAsync()
    {
        foreach (var hour in Hours.Current.Open)
        {
            try
            {
                await hour.FlushAsync();
            }
            catch (IOException error)
            {
                // What the file does not hold is in the journal.
                Context.Logger.LogError(error, "{Path}: not flushed before the end: {Message}", hour.Name.StoragePath, error.Message);
            }
        }
    }

    // An open log hour holds two files.
    protected override int MaxOpenHours => 1_000;

    protected override ValueTask ApplyAsync(JournalEntry entry)
    {
        var batch = (LogBatch)entry.Payload;
        Apply(entry.Position, entry.Request.ArrivalUnixNanos, batch);
        entry.LateRecords = HasLateHours ? CountLate(batch) : 0;
        return ValueTask.CompletedTask;
    }

    protected override LogOpenHour Create(HourFile name, long position, long arrivalUnixNanos)
    {
        var hour = new LogOpenHour(new LogHourFile(Context.Disk, name.PathIn(Context.DataFolder), Context.Grams), name, Context.Budget, position, arrivalUnixNanos);
        SkipEarlierIds(hour);
        return hour;
    }

    protected override long FirstInMemory() => Hours.Current.Open.Select(hour => hour.FirstUnflushed ?? long.MaxValue).DefaultIfEmpty(long.MaxValue).Min();

    protected override void Freeze(LogOpenHour hour) => hour.BeginFlush();

    protected override Task<SealedHour> FinishAsync(LogOpenHour hour, long journalTo, string journalHead, CancellationToken cancellationToken) =>
        hour.FinishAsync(journalTo, journalHead);

    protected override void Sealed(LogOpenHour hour) => hour.Dispose();

    protected override void Close(LogOpenHour hour) => hour.Dispose();

    /// <returns>What the records that were taken hold in memory; those already in a file are passed over.</returns>
    private long Apply(long position, long arrivalUnixNanos, LogBatch batch)
    {
        _touched.Clear();
        long cost = 0;
        LogOpenHour? hour = null;
        var hourId = new HourId(long.MinValue);
        // The batch's stream numbers in the current hour; -1: not looked up yet.
        Span<int> streams = batch.StreamCount <= 256 ? stackalloc int[batch.StreamCount] : new int[batch.StreamCount];
        foreach (ref readonly var record in batch.Records)
        {
            if (HourId.Of(record.TimestampUnixNanos) is var id && id != hourId)
            {
                hourId = id;
                hour = Accepting(id, position, arrivalUnixNanos);
                if (hour is not null && !_touched.Contains(hour))
                    _touched.Add(hour);
                streams.Fill(-1);
            }
            if (hour is null)
                continue;
            if (streams[record.Stream] < 0)
                streams[record.Stream] = hour.Stream(batch.StreamKey(record.Stream));
            hour.Add(position, record.TimestampUnixNanos, record.Level, streams[record.Stream], batch.Tail(record));
            cost += LogRun.CostOf(record.TailLength);
        }
        foreach (var touched in _touched)
        {
            var (run, from) = touched.Publish(position, arrivalUnixNanos);
            Feed.Tell(touched, run, from);
        }
        FlushLargest();
        return cost;
    }

    private int CountLate(LogBatch batch)
    {
        var late = 0;
        foreach (ref readonly var record in batch.Records)
        {
            if (IsLate(HourId.Of(record.TimestampUnixNanos)))
                late++;
        }
        return late;
    }

    // Many hours at once, as when history is imported, each below a run's size, must not fill the memory together.
    private void FlushLargest()
    {
        var open = Hours.Current.Open;
        if (open.Length * LogOpenHour.RunBytes < Context.Options.LogRunsBytes)
            return;
        while (open.Sum(hour => hour.RunBytesHeld) > Context.Options.LogRunsBytes)
            open.MaxBy(hour => hour.RunBytesHeld)!.BeginFlush();
    }

    // A late batch's ids go on where the hour's earlier files stopped, sealed or just being sealed.
    private void SkipEarlierIds(LogOpenHour hour)
    {
        // One view: a file that is sealed meanwhile is in it as open, and counted once.
        var current = Hours.Current;
        foreach (var file in current.Sealed.Where(f => f.Hour == hour.Name.Hour && f.LateIndex < hour.Name.LateIndex))
        {
            using var opened = Hours.OpenSealed(Context, file);
            if (opened is not null)
                hour.SkipIds(LogFileReader.ReadTable(opened.File));
        }
        foreach (var closed in current.Open.Where(open => open.Name.Hour == hour.Name.Hour && open.Name.LateIndex < hour.Name.LateIndex))
            hour.SkipIds(closed);
    }
}
