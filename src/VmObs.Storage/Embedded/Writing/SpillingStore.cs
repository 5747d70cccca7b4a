using Microsoft.Extensions.Logging;
using VmObs.Signals;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Journal;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>What metrics and traces have in common: a memtable over all hours that spills into sorted runs, which sealing merges by hour.</summary>
/// <typeparam name="TPart">An hour's part of the signal's memtable.</typeparam>
internal abstract class SpillingStore<TPart> : SignalStore<SpillingHour<TPart>>
    where TPart : class
{
    private readonly RunFolder _folder;
    private readonly Signal _signal;
    // All their hours are sealed; they still say what a replay must pass over.
    private readonly List<RunFile> _sealedRuns = [];
    // Last positions of the runs that a start found.
    private readonly HashSet<long> _resumed = [];

    protected SpillingStore(StoreContext context, Signal signal)
        : base(context, signal)
    {
        _signal = signal;
        _folder = new RunFolder(context.Disk, context.DataFolder, signal);
        Spiller = new MemtableSpiller(context, _folder);
    }

    protected MemtableSpiller Spiller { get; }

    /// <summary>The journal's records of the signal up to here are in runs or sealed files.</summary>
    protected long SpilledThrough { get; private set; }

    public override void ResumeRuns()
    {
        foreach (var run in _folder.Open())
        {
            _resumed.Add(run.Footer.LastPosition);
            SpilledThrough = Math.Max(SpilledThrough, run.Footer.LastPosition);
            foreach (var section in run.Footer.Sections)
            {
                if (IsSealed(section.Facts.Hour, section.Facts.FirstPosition))
                    SectionSealed(run);
                else
                    Accepting(section.Facts.Hour, section.Facts.FirstPosition, section.Facts.FirstArrivalUnixNanos)!.Resume(new RunPart(run, section));
            }
        }
    }

    public override long HeldThrough => Math.Max(SpilledThrough, base.HeldThrough);

    public override void CheckRelied(LowWaterMark mark)
    {
        foreach (var relied in mark.Runs.Where(run => run.Signal == _signal && !_resumed.Contains(run.LastPosition)))
        {
            // Deleted because all its hours are sealed: the mark is older than that.
            if (relied.Sections.All(section => IsSealed(section.Hour, section.FirstPosition)))
                continue;
            throw new DamagedFileException(
                _folder.PathOf(relied.LastPosition), 0, "no file", "the run that journal/low-water says holds records before it; restore it from a backup");
        }
    }

    public override IEnumerable<ReliedRun> ReliedRuns() =>
        Hours.Current.Open.SelectMany(hour => hour.View.Runs).Select(run => run.File).Distinct().Select(run => new ReliedRun(
            _signal, run.Footer.LastPosition, [.. run.Footer.Sections.Select(section => (section.Facts.Hour, section.Facts.FirstPosition))]));

    /// <remarks>Not before: a replay that begins amid a trace's spans would take the rest of them for another trace, of a later hour perhaps.</remarks>
    public override void DropRuns(long lowWater)
    {
        lock (_sealedRuns)
            _sealedRuns.RemoveAll(run => run.Footer.LastPosition < lowWater && IsDeleted(run));
    }

    public override async Task SpillAsync(long olderThan)
    {
        await Applier.InvokeAsync(() =>
        {
            if (MemtableFirstPosition < olderThan)
                Rotate();
            return true;
        });
        await Spiller.SpillAsync();
    }

    // What is being written is written to its end; what is not begun is in the journal.
    protected override async Task EndAsync() => await Spiller.DisposeAsync();

    // The memtable first: what leaves it is with the spiller by then.
    protected override long FirstInMemory() => Math.Min(MemtableFirstPosition, Spiller.FirstPosition);

    /// <summary>The first record of the journal that is in the memtable that grows; the largest number when it is empty.</summary>
    protected abstract long MemtableFirstPosition { get; }

    /// <summary>Whether the memtable that grows holds records of an hour.</summary>
    protected abstract bool MemtableHolds(HourId hour);

    /// <summary>Freezes the memtable, hands it to the spiller, then begins a new one; called on the applier's thread of control.</summary>
    protected abstract void Rotate();

    /// <summary>Merges a closed hour's runs into its file.</summary>
    protected abstract SealedHour Merge(SpillingHour<TPart> hour, RunMerge runs, long journalTo, string journalHead, CancellationToken cancellationToken);

    protected override SpillingHour<TPart> Create(HourFile name, long position, long arrivalUnixNanos) => new(name, position, arrivalUnixNanos);

    protected override void Freeze(SpillingHour<TPart> hour)
    {
        // The whole memtable: a run says up to which record of the journal it holds everything, whatever the hour.
        if (MemtableHolds(hour.Name.Hour))
            Rotate();
    }

    protected override async Task<SealedHour> FinishAsync(SpillingHour<TPart> hour, long journalTo, string journalHead, CancellationToken cancellationToken)
    {
        await Spiller.SpillAsync();
        return await OwnThread.RunAsync(() =>
        {
            var view = hour.View;
            if (!view.Parts.IsEmpty)
                throw new InvalidOperationException($"BUG: {hour.Name.StoragePath} is closed and has records that no run holds");
            using var runs = new RunMerge(view.Runs);
            return Merge(hour, runs, journalTo, journalHead, cancellationToken);
        });
    }

    protected override void Sealed(SpillingHour<TPart> hour)
    {
        foreach (var run in hour.View.Runs)
        {
            SectionSealed(run.File);
        }
    }

    private bool IsDeleted(RunFile run)
    {
        try
        {
            run.Delete();
            return true;
        }
        catch (IOException error)
        {
            Context.Logger.LogWarning(error, "{Path}: no longer needed and not deleted, which is tried again: {Message}", run.Path, error.Message);
            return false;
        }
    }

    private void SectionSealed(RunFile run)
    {
        if (!run.SectionSealed())
            return;
        lock (_sealedRuns)
            _sealedRuns.Add(run);
    }

    protected override void Close(SpillingHour<TPart> hour)
    {
        foreach (var run in hour.View.Runs)
            run.File.Close();
    }
}
