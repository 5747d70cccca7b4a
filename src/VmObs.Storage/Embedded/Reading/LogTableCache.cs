using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>The block tables that were asked for last. Sealed files do not change but for parts that expire, which tables keep.</summary>
/// <remarks>Thread-safe. Bounded by the number of blocks and of files, which are kept open for their grams.</remarks>
internal sealed class LogTableCache(DiskFolder disk, GramKey keys, int maxBlocks, int maxFiles) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<HourFile, LinkedListNode<Entry>> _entries = [];
    // The one that was asked for last is first.
    private readonly LinkedList<Entry> _byUse = [];
    private long _blocks;

    /// <summary>A file's table.</summary>
    /// <exception cref="DamagedFileException">It has none that fits it.</exception>
    public LogTable Of(HourFile name, DiskFile file)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(name, out var known) && known.Value.Length == file.Length)
            {
                _byUse.Remove(known);
                _byUse.AddFirst(known);
                return known.Value.Table;
            }
        }
        // Not under the lock: a table takes its time. Two threads may read the same one.
        var table = new LogTable(LogFileReader.ReadTable(file), new GramReader(disk, file.Path, keys));
        lock (_lock)
        {
            Remove(name);
            _entries[name] = _byUse.AddFirst(new Entry(name, file.Length, table));
            _blocks += table.Blocks.Count;
            while (_entries.Count > 1 && (_blocks > maxBlocks || _entries.Count > maxFiles))
                Remove(_byUse.Last!.Value.Name);
        }
        return table;
    }

    /// <summary>Lets a file's table go.</summary>
    public void Forget(HourFile name)
    {
        lock (_lock)
            Remove(name);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            while (_byUse.First is { } first)
                Remove(first.Value.Name);
        }
    }

    private void Remove(HourFile name)
    {
        if (!_entries.Remove(name, out var entry))
            return;
        _byUse.Remove(entry);
        _blocks -= entry.Value.Table.Blocks.Count;
        entry.Value.Table.Grams.Dispose();
    }

    private sealed record Entry(HourFile Name, long Length, LogTable Table);
}
