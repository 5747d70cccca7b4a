using System.Collections.Immutable;
using VmObs.Signals;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>All hours of a signal at one moment: each stored record lies in exactly one entry.</summary>
/// <param name="Sealed">Sealed files by hour and late index.</param>
/// <param name="Open">Hours that take records, and hours that are being sealed.</param>
internal sealed record HourSet<TOpen>(ImmutableArray<HourFile> Sealed, ImmutableArray<TOpen> Open);

/// <summary>The hours of a signal; changes are seen as a whole or not at all.</summary>
/// <remarks>Thread-safe. Readers take <see cref="Current"/> once a query.</remarks>
internal sealed class HourCatalog<TOpen>
    where TOpen : class
{
    private readonly Lock _lock = new();
    // Files that expired: their names are taken for good, because receipts stand under them.
    private readonly HashSet<HourFile> _expired = [];
    private volatile HourSet<TOpen> _current = new([], []);

    /// <summary>The hours now.</summary>
    public HourSet<TOpen> Current => _current;

    /// <summary>Adds a sealed file found at start.</summary>
    public void AddSealed(HourFile file)
    {
        lock (_lock)
            _current = _current with { Sealed = Insert(_current.Sealed, file) };
    }

    /// <summary>Takes a sealed file out for good: its records are gone, its name stays taken.</summary>
    public void Expire(HourFile file)
    {
        lock (_lock)
        {
            _expired.Add(file);
            _current = _current with { Sealed = _current.Sealed.Remove(file) };
        }
    }

    /// <summary>Opens a sealed file that was in the catalog; null when it expired since.</summary>
    public SealedFile? OpenSealed(StoreContext context, HourFile file)
    {
        try
        {
            return SealedFile.Open(context.Disk, file.PathIn(context.DataFolder));
        }
        catch (FileNotFoundException) when (_current.Sealed.BinarySearch(file) < 0)
        {
            return null;
        }
    }

    /// <summary>Adds an hour that takes records.</summary>
    public void AddOpen(TOpen hour)
    {
        lock (_lock)
            _current = _current with { Open = _current.Open.Add(hour) };
    }

    /// <summary>Exchanges an open hour for its sealed file in one step.</summary>
    public void Seal(TOpen hour, HourFile file)
    {
        lock (_lock)
            _current = new HourSet<TOpen>(Insert(_current.Sealed, file), _current.Open.Remove(hour));
    }

    /// <summary>Whether a file is sealed, open, or being sealed, or was until it expired.</summary>
    public bool Holds(HourFile file, Func<TOpen, HourFile> nameOf)
    {
        var current = _current;
        return current.Sealed.BinarySearch(file) >= 0 || current.Open.Any(open => nameOf(open) == file) || IsExpired(file);
    }

    /// <summary>The late index for new data of an hour: 0 when it never had a file.</summary>
    public int NextLateIndex(HourId hour, Func<TOpen, HourFile> nameOf)
    {
        var current = _current;
        var files = current.Sealed.Where(f => f.Hour == hour).Concat(current.Open.Select(nameOf).Where(f => f.Hour == hour));
        var next = files.Select(f => f.LateIndex + 1).DefaultIfEmpty(0).Max();
        lock (_lock)
            return _expired.Where(f => f.Hour == hour).Select(f => f.LateIndex + 1).Append(next).Max();
    }

    private bool IsExpired(HourFile file)
    {
        lock (_lock)
            return _expired.Contains(file);
    }

    private static ImmutableArray<HourFile> Insert(ImmutableArray<HourFile> files, HourFile file)
    {
        var at = files.BinarySearch(file);
        return at >= 0 ? files : files.Insert(~at, file);
    }
}
