using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Wire;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Journal;
using VmObs.Storage.Embedded.Seal;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>One signal's side of the store, as recovery, journal and sealing see it.</summary>
/// <remarks>Recovery calls <see cref="AddSealed"/>, <see cref="TryResume"/>, <see cref="ResumeRuns"/>, <see cref="CheckRelied"/> and <see cref="ReplayAsync"/>, then <see cref="Start"/>; the rest comes after.</remarks>
internal abstract class SignalStore : IAsyncDisposable
{
    /// <summary>A sealed file with its receipt.</summary>
    public abstract void AddSealed(HourFile file, long journalTo);

    /// <summary>A file that was sealed and has expired since.</summary>
    public abstract void AddExpired(HourFile file, long journalTo);

    /// <summary>The sealed files by hour and late index.</summary>
    public abstract IReadOnlyList<HourFile> SealedFiles { get; }

    /// <summary>Takes a sealed file from queries for good; its receipt says so already.</summary>
    public abstract void Expire(HourFile file);

    /// <summary>Takes up an open hour's file; false when nothing of it counts.</summary>
    public virtual bool TryResume(HourFile name, HourManifest manifest, HourManifestState state) => false;

    /// <summary>Takes up what was spilled of hours that are not sealed; after all sealed files are known.</summary>
    public virtual void ResumeRuns()
    {
    }

    /// <summary>Whether all that the journal's low-water mark relies on is there; after <see cref="ResumeRuns"/>.</summary>
    /// <exception cref="DamagedFileException">A file is missing.</exception>
    public virtual void CheckRelied(LowWaterMark mark)
    {
    }

    /// <summary>The last record of the journal of which files of the signal hold something; for recovery.</summary>
    public abstract long HeldThrough { get; }

    /// <summary>Runs of hours that are not sealed.</summary>
    public virtual IEnumerable<ReliedRun> ReliedRuns() => [];

    /// <summary>Manifests of hours that are not sealed.</summary>
    public virtual IEnumerable<ReliedManifest> ReliedManifests() => [];

    /// <summary>Applies a record of the journal but for the hours that hold it already.</summary>
    public abstract ValueTask ReplayAsync(JournalRecord record, RequestDecoder decoder, ReadOnlyMemory<byte> body);

    /// <summary>Begins to take entries.</summary>
    public abstract void Start(JournalEnd end);

    /// <summary>Takes a durable entry; never blocks.</summary>
    public abstract void Enqueue(JournalEntry entry);

    /// <summary>The first record of the journal, of those that were handed on by now, that a restart would need for this signal; the largest
    /// number when it needs none.</summary>
    public abstract long FirstNeededPosition();

    /// <summary>The journal is replayed from here at the earliest: drops what only a longer replay would need.</summary>
    public virtual void DropRuns(long lowWater)
    {
    }

    /// <summary>Brings to the disk what is in memory of records of the journal before a position, and what the disk refused before.</summary>
    /// <exception cref="IOException">The disk refused; nothing is lost, and asking again tries again.</exception>
    public abstract Task SpillAsync(long olderThan);

    /// <summary>Seals the hours to which the rule applies; they have receipts when the task completes.</summary>
    public abstract Task<IReadOnlyList<SealedHour>> SealAsync(SealRule rule, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>What the three signals' stores have in common: which hours are open and sealed, and how one becomes the other.</summary>
/// <typeparam name="TOpen">The signal's open hour.</typeparam>
internal abstract class SignalStore<TOpen>(StoreContext context, Signal signal) : SignalStore
    where TOpen : class, IOpenHour
{
    // Owned by the applier, and by recovery before it starts.
    private readonly Dictionary<HourId, TOpen> _accepting = [];
    private readonly Dictionary<HourId, long> _appliedThrough = [];
    // Owned by whoever seals; the store lets one at a time.
    private readonly List<ClosedHour> _closed = [];
    private Applier? _applier;

    /// <summary>All hours, for queries.</summary>
    public HourCatalog<TOpen> Hours { get; } = new();

    protected StoreContext Context { get; } = context;

    protected Applier Applier => _applier ?? throw new InvalidOperationException("BUG: used before the replay was done");

    public override void AddSealed(HourFile file, long journalTo)
    {
        Hours.AddSealed(file);
        NoteApplied(file.Hour, journalTo);
    }

    public override void AddExpired(HourFile file, long journalTo)
    {
        Hours.Expire(file);
        NoteApplied(file.Hour, journalTo);
    }

    public override IReadOnlyList<HourFile> SealedFiles => Hours.Current.Sealed;

    public override void Expire(HourFile file) => Hours.Expire(file);

    public override long HeldThrough => _appliedThrough.Values.DefaultIfEmpty(0).Max();

    public override void Start(JournalEnd end)
    {
        _appliedThrough.Clear();
        _applier = new Applier(end, ApplyAsync);
    }

    public override void Enqueue(JournalEntry entry) => Applier.Enqueue(entry);

    public override long FirstNeededPosition()
    {
        // Outstanding ones first: what is applied meanwhile is in memory by then.
        var outstanding = Applier.FirstOutstanding;
        return Math.Min(outstanding, FirstInMemory());
    }

    public override async Task<IReadOnlyList<SealedHour>> SealAsync(SealRule rule, CancellationToken cancellationToken)
    {
        _closed.AddRange(await Applier.InvokeAsync(() => CloseDue(rule)));
        var sealedHours = new List<SealedHour>(_closed.Count);
        var failures = new List<IOException>();
        foreach (var closed in _closed.ToArray())
        {
            try
            {
                sealedHours.Add(await SealAsync(closed, cancellationToken));
                _closed.Remove(closed);
            }
            catch (IOException error)
            {
                // The hour stays open to queries and is tried again; the others need not wait for it.
                failures.Add(new IOException($"{closed.Hour.Name.StoragePath}: {error.Message}", error));
            }
        }
        return failures.Count == 0 ? sealedHours : throw failures[0];
    }

    public override async ValueTask DisposeAsync()
    {
        if (_applier is not null)
            await _applier.DisposeAsync();
        await EndAsync();
        foreach (var hour in Hours.Current.Open)
            Close(hour);
    }

    /// <summary>Nothing is applied any more: ends what runs beside the applier.</summary>
    protected abstract Task EndAsync();

    /// <summary>Applies one durable entry to the open hours.</summary>
    protected abstract ValueTask ApplyAsync(JournalEntry entry);

    /// <summary>A new open hour.</summary>
    protected abstract TOpen Create(HourFile name, long position, long arrivalUnixNanos);

    /// <summary>The first applied record of the journal whose data is in memory alone; the largest number when there is none.</summary>
    protected abstract long FirstInMemory();

    /// <summary>The hour takes no more records; called on the applier's thread of control.</summary>
    protected virtual void Freeze(TOpen hour)
    {
    }

    /// <summary>Writes a closed hour's file to its end and gives it its name.</summary>
    /// <exception cref="OperationCanceledException">The engine ends; the hour is sealed after the next start.</exception>
    protected abstract Task<SealedHour> FinishAsync(TOpen hour, long journalTo, string journalHead, CancellationToken cancellationToken);

    /// <summary>The hour's file has its name and its receipt: lets go of what it was made from.</summary>
    protected abstract void Sealed(TOpen hour);

    /// <summary>The engine ends: lets go of the hour's files, which the next start takes up.</summary>
    protected abstract void Close(TOpen hour);

    /// <summary>Whether a sealed file of the hour holds a record of the journal.</summary>
    protected bool IsSealed(HourId hour, long position) => _appliedThrough.TryGetValue(hour, out var through) && position <= through;

    /// <summary>The hour that takes records for a time; null when a replayed record is in the hour's files already.</summary>
    protected TOpen? Accepting(HourId id, long position, long arrivalUnixNanos)
    {
        if (IsSealed(id, position))
            return null;
        if (_accepting.TryGetValue(id, out var hour))
            return hour;
        hour = Create(new HourFile(signal, id, Hours.NextLateIndex(id, open => open.Name)), position, arrivalUnixNanos);
        Accept(hour);
        return hour;
    }

    /// <summary>Takes up an hour that a restart found.</summary>
    protected void Accept(TOpen hour)
    {
        _accepting.Add(hour.Name.Hour, hour);
        Hours.AddOpen(hour);
    }

    /// <summary>Notes that an hour's files hold the journal up to a position.</summary>
    protected void NoteApplied(HourId hour, long position) =>
        _appliedThrough[hour] = Math.Max(position, _appliedThrough.GetValueOrDefault(hour));

    /// <summary>Whether new records of an hour go into a late batch, because the hour is closed; on the applier's thread of control.</summary>
    protected bool IsLate(HourId id) =>
        _accepting.TryGetValue(id, out var hour) ? hour.Name.LateIndex > 0 : Hours.Holds(new HourFile(signal, id, 0), open => open.Name);

    /// <summary>Whether any hour that takes records is a late batch; on the applier's thread of control.</summary>
    protected bool HasLateHours => _accepting.Values.Any(hour => hour.Name.LateIndex > 0);

    /// <summary>So many hours may be open: bounds what each costs beside its records.</summary>
    protected virtual int MaxOpenHours => 10_000;

    /// <summary>Whether one more hour may open; known before a request is made durable.</summary>
    protected bool HasRoomFor(HourId hour) =>
        Hours.Current.Open is var open && (open.Length < MaxOpenHours || open.Any(o => o.Name.Hour == hour));

    private async Task<SealedHour> SealAsync(ClosedHour closed, CancellationToken cancellationToken)
    {
        var facts = closed.Finished ??= await FinishAsync(closed.Hour, closed.JournalTo, closed.JournalHead, cancellationToken);
        await Context.Receipts.HourSealedAsync(facts, cancellationToken);
        Hours.Seal(closed.Hour, closed.Hour.Name);
        Context.Disk.Delete(closed.Hour.Name.PathIn(Context.DataFolder) + HourFile.ManifestSuffix);
        Sealed(closed.Hour);
        return facts;
    }

    private List<ClosedHour> CloseDue(SealRule rule)
    {
        var closing = _accepting.Values.Where(h => rule.Applies(h.Name, h.FirstArrivalUnixNanos, h.LastArrivalUnixNanos)).ToList();
        closing.Sort((a, b) => a.Name.CompareTo(b.Name));
        foreach (var hour in closing)
        {
            Freeze(hour);
            _accepting.Remove(hour.Name.Hour);
        }
        return [.. closing.Select(hour => new ClosedHour(hour, Applier.Position, Applier.Chain.ToHex()))];
    }

    /// <summary>An hour that takes no more records, and where the journal was when it closed.</summary>
    private sealed record ClosedHour(TOpen Hour, long JournalTo, string JournalHead)
    {
        /// <summary>What its receipt says, once its file has its name: what follows may be refused and tried again, the file stays.</summary>
        public SealedHour? Finished { get; set; }
    }
}
