using System.Collections.Immutable;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Head;

/// <summary>What of an open hour is in runs and what is in memory, at one moment: each record in exactly one of them.</summary>
/// <param name="Runs">Parts of runs, in the order in which they were written.</param>
/// <param name="Parts">Parts of memtables, in the order in which they were begun; the last may still grow.</param>
internal sealed record SpillingHourView<TPart>(ImmutableArray<RunPart> Runs, ImmutableArray<TPart> Parts);

/// <summary>An hour that still takes records: parts of memtables in memory, which become parts of runs on disk, which sealing merges.</summary>
/// <remarks>The signal's applier alone adds; spilling exchanges parts beside it; readers take <see cref="View"/>.</remarks>
internal sealed class SpillingHour<TPart>(HourFile name, long firstPosition, long firstArrivalUnixNanos) : IOpenHour
    where TPart : class
{
    private readonly Lock _lock = new();
    private volatile SpillingHourView<TPart> _view = new([], []);

    public HourFile Name { get; } = name;

    /// <summary>The journal's record that brought the hour's first data.</summary>
    public long FirstPosition { get; private set; } = firstPosition;

    public long FirstArrivalUnixNanos { get; private set; } = firstArrivalUnixNanos;

    public long LastArrivalUnixNanos { get; private set; } = firstArrivalUnixNanos;

    /// <summary>What readers may see.</summary>
    public SpillingHourView<TPart> View => _view;

    /// <summary>Notes data that an applied record of the journal brought.</summary>
    public void Arrived(long firstPosition, long arrivalUnixNanos)
    {
        FirstPosition = Math.Min(FirstPosition, firstPosition);
        LastArrivalUnixNanos = Math.Max(LastArrivalUnixNanos, arrivalUnixNanos);
    }

    /// <summary>Adds a part that begins to take records.</summary>
    public void Add(TPart part)
    {
        lock (_lock)
            _view = _view with { Parts = _view.Parts.Add(part) };
    }

    /// <summary>Takes up a part of a run that a restart found.</summary>
    public void Resume(RunPart run)
    {
        var facts = run.Section.Facts;
        FirstPosition = Math.Min(FirstPosition, facts.FirstPosition);
        FirstArrivalUnixNanos = Math.Min(FirstArrivalUnixNanos, facts.FirstArrivalUnixNanos);
        LastArrivalUnixNanos = Math.Max(LastArrivalUnixNanos, facts.LastArrivalUnixNanos);
        lock (_lock)
            _view = _view with { Runs = _view.Runs.Add(run) };
    }

    /// <summary>Exchanges a part for the part of a run that holds its records now, in one step.</summary>
    public void Exchange(TPart part, RunPart run)
    {
        lock (_lock)
            _view = new SpillingHourView<TPart>(_view.Runs.Add(run), _view.Parts.Remove(part));
    }
}
