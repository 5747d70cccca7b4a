using VmObs.Signals;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>Finds the sealed file that holds what a record of the journal brought.</summary>
/// <remarks>An hour's files take turns: each holds what came after the position at which the one before closed, through the one at which it closed itself.</remarks>
internal sealed class ComparedHours
{
    private readonly Dictionary<(Signal, HourId), ComparedHour[]> _hours;
    private (Signal Signal, HourId Hour) _last = (default, new HourId(long.MinValue));
    private ComparedHour[] _lastFiles = [];

    public ComparedHours(IEnumerable<SealedStatement> statements)
    {
        All = [.. statements.Select(static statement => HourFile.TryParse(statement.StoragePath) is { } name ? new ComparedHour(name, statement) : null).OfType<ComparedHour>()];
        _hours = All.GroupBy(static hour => (hour.Name.Signal, hour.Name.Hour)).ToDictionary(static hour => hour.Key, static hour => hour.OrderBy(static file => file.Name.LateIndex).ToArray());
    }

    /// <summary>All files.</summary>
    public IReadOnlyList<ComparedHour> All { get; }

    /// <summary>The file for a time and a position; null when none covers it yet.</summary>
    public ComparedHour? Find(Signal signal, long timestampUnixNanos, long position)
    {
        var hour = (signal, HourId.Of(timestampUnixNanos));
        if (hour != _last)
            (_last, _lastFiles) = (hour, _hours.GetValueOrDefault(hour, []));
        foreach (var file in _lastFiles)
        {
            if (position <= file.Statement.To)
                return file;
        }
        return null;
    }
}
