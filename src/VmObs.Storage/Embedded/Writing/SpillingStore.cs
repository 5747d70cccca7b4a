using VmObs.Signals;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>What metrics and traces have in common: a memtable over all hours that spills into sorted runs, which sealing merges by hour.</summary>
/// <typeparam name="TPart">An hour's part of the signal's memtable.</typeparam>
internal abstract class SpillingStore<TPart> : SignalStore<SpillingHour<TPart>>
    where TPart : class
{
    private readonly RunFolder _folder;

    protected SpillingStore(StoreContext context, Signal signal)
        : base(context, signal)
    {
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
            SpilledThrough = Math.Max(SpilledThrough, run.Footer.LastPosition);
            foreach (var section in run.Footer.Sections)
            {
                if (IsSealed(section.Facts.Hour, section.Facts.FirstPosition))
                    run.SectionSealed();
                else
                    Accepting(section.Facts.Hour, section.Facts.FirstPosition, section.Facts.FirstArrivalUnixNanos)!.Resume(new RunPart(run, section));
            }
        }
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
            run.File.SectionSealed();
    }

    protected override void Close(SpillingHour<TPart> hour)
    {
        foreach (var run in hour.View.Runs)
            run.File.Close();
    }
}
