using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Journal;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>Replays the kept journal against the sealed hours: what was dropped, added or changed between the two is named.</summary>
/// <remarks>
/// Reads only; an engine may be at work, whose receipts must have been read before. The journal is read first; the files' records are taken while
/// <see cref="HourContent"/> reads them for whatever else is asked of them, in any order and on any thread; journal and files are read a second time
/// where they differ, to name what does. Memory: 64 KiB a sealed file, whatever it holds, and a trace file's ids and hashes.
/// </remarks>
public sealed class JournalComparison : IDisposable
{
    private readonly string _dataFolder;
    private readonly RecordPrints _prints = new();
    private readonly JournalCursor _journal;
    private readonly ComparedHours _hours;
    private readonly Dictionary<string, ComparedHour> _compared;
    private readonly List<string> _findings = [];
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, IReadOnlyList<string>> _ofFiles = new(StringComparer.Ordinal);
    private readonly long _settledFrom;
    private readonly long _openRecords;

    private JournalComparison(string dataFolder, IReadOnlyList<SealedStatement> sealedFiles, Action<long, Digest> passed)
    {
        var folder = Path.Combine(dataFolder, "journal");
        (_dataFolder, _hours) = (dataFolder, new ComparedHours(sealedFiles));
        // Before the journal: it never says more than what is on disk.
        var synced = Directory.Exists(folder) ? SyncedMark.Read(DiskFolder.Posix, folder) : null;
        _journal = new JournalCursor(DiskFolder.Posix, folder, from: 1);
        foreach (var hour in _hours.All)
            Choose(hour);
        using var replay = new JournalReplay(_hours, _prints, new SumOfJournal());
        replay.Run(_journal, passed);
        (_settledFrom, _openRecords) = (replay.SettledFrom, replay.Open);
        _findings.AddRange(replay.Findings);
        if (_journal.Damage is { } damage)
            _findings.Add(damage);
        else if (synced is { } mark && mark.Position > _journal.End.Position)
            _findings.Add($"journal: found its end at position {_journal.End.Position}, expected records through {mark.Position}, which had been synced as journal/synced says");
        foreach (var hour in _hours.All)
            hour.IsCompared &= hour.Statement.To <= _journal.End.Position;
        _compared = _hours.All.Where(static hour => hour.IsCompared).ToDictionary(static hour => hour.Statement.StoragePath, StringComparer.Ordinal);
    }

    /// <summary>Replays the journal.</summary>
    /// <param name="dataFolder">Absolute path.</param>
    /// <param name="sealedFiles">What receipts say of sealed files; all of them, for an hour's later files depend on its earlier ones.</param>
    /// <param name="passed">Told each position that is kept, and the one before, with the journal's chain there.</param>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    public static JournalComparison Replay(string dataFolder, IReadOnlyList<SealedStatement> sealedFiles, Action<long, Digest> passed) => new(dataFolder, sealedFiles, passed);

    /// <summary>Compares, once the files were read as far as they can be.</summary>
    /// <exception cref="IOException">The journal cannot be read again.</exception>
    public JournalReport Finish()
    {
        var read = _hours.All.Where(static hour => hour is { IsCompared: true, IsRead: true }).ToList();
        var inPart = read.Count(hour => hour.Name.Signal == Signal.Traces && hour.Statement.From < _settledFrom);
        return new JournalReport([.. _findings, .. _ofFiles.Values.SelectMany(static findings => findings), .. Differences(read)], _journal.KeptFrom, _journal.End.Position)
        {
            Compared = read.Count - inPart,
            ComparedInPart = inPart,
            NotCompared = _hours.All.Count - read.Count,
            Open = _openRecords,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _journal.Dispose();
        _prints.Dispose();
    }

    /// <summary>Hands out what takes a file's records while it is read; nothing for a file that the journal is not compared with.</summary>
    /// <param name="storagePath">Relative to the data folder; each is asked for once.</param>
    /// <param name="read">Reads the file.</param>
    internal T Read<T>(string storagePath, Func<HourRecords?, T> read)
    {
        if (!_compared.TryGetValue(storagePath, out var hour))
            return read(null);
        using var prints = _prints.Share();
        var records = new HourRecords(hour, prints, new SumOfFiles(), _settledFrom);
        var result = read(records);
        lock (_lock)
        {
            // What the file itself should be is verified beside this, and said there.
            if (hour.IsRead)
                _ofFiles[storagePath] = records.Findings;
        }
        return result;
    }

    private void Choose(ComparedHour hour)
    {
        var ownTraces = hour.Name.Signal == Signal.Traces && hour.Statement.To >= _journal.KeptFrom;
        hour.IsCompared = !hour.Statement.IsGone && _journal.KeptFrom > 0 && (ownTraces || hour.Statement.From >= _journal.KeptFrom);
        if (hour.IsCompared)
            hour.Gone = HourRecords.GoneOf(hour.Name.PathIn(_dataFolder));
    }

    private IEnumerable<string> Differences(IEnumerable<ComparedHour> read)
    {
        var search = new DifferenceSearch(read);
        if (search.Hours.Count == 0)
            return [];
        _journal.Rewind();
        using var replay = new JournalReplay(_hours, _prints, search);
        replay.Run(_journal, static (_, _) => { });
        foreach (var hour in search.Hours)
            HourContent.ReadRecords(_dataFolder, hour.Name, new HourRecords(hour, _prints, search, _settledFrom));
        return search.Findings();
    }
}
