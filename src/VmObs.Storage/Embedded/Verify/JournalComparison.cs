using VmObs.Ledger.Hashing;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Journal;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>Replays the kept journal against the sealed hours: what was dropped, added or changed between the two is named.</summary>
/// <remarks>
/// Reads only; an engine may be at work, whose receipts must have been read before. Journal and files are read once; a second time where they differ,
/// to name what does. Memory: 64 KiB a sealed file, whatever it holds, and a trace file's ids and hashes.
/// </remarks>
public static class JournalComparison
{
    /// <summary>Compares.</summary>
    /// <param name="dataFolder">Absolute path.</param>
    /// <param name="sealedFiles">What receipts say of sealed files; all of them, for an hour's later files depend on its earlier ones.</param>
    /// <param name="passed">Told each position that is kept, and the one before, with the journal's chain there.</param>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    public static JournalReport Run(string dataFolder, IReadOnlyList<SealedStatement> sealedFiles, Action<long, Digest> passed)
    {
        var folder = Path.Combine(dataFolder, "journal");
        var hours = new ComparedHours(sealedFiles);
        using var prints = new RecordPrints();
        // Before the journal: it never says more than what is on disk.
        var synced = Directory.Exists(folder) ? SyncedMark.Read(DiskFolder.Posix, folder) : null;
        using var journal = new JournalCursor(DiskFolder.Posix, folder, from: 1);
        foreach (var hour in hours.All)
        {
            var ownTraces = hour.Name.Signal == Signals.Signal.Traces && hour.Statement.To >= journal.KeptFrom;
            hour.IsCompared = !hour.Statement.IsGone && journal.KeptFrom > 0 && (ownTraces || hour.Statement.From >= journal.KeptFrom);
            if (hour.IsCompared)
                hour.Gone = HourRecords.GoneOf(hour.Name.PathIn(dataFolder));
        }
        using var replay = new JournalReplay(hours, prints, new SumOfJournal());
        replay.Run(journal, passed);
        var findings = new List<string>(replay.Findings);
        if (journal.Damage is { } damage)
            findings.Add(damage);
        else if (synced is { } mark && mark.Position > journal.End.Position)
            findings.Add($"journal: found its end at position {journal.End.Position}, expected records through {mark.Position}, which had been synced as journal/synced says");
        var files = new HourRecords(dataFolder, prints, new SumOfFiles());
        foreach (var hour in hours.All.Where(static hour => hour.IsCompared))
            hour.IsCompared = hour.Statement.To <= journal.End.Position && files.TryRead(hour, replay.SettledFrom);
        findings.AddRange(files.Findings);
        var report = Report(findings, hours, journal, replay);
        findings.AddRange(Differences(dataFolder, hours, journal, prints, replay.SettledFrom));
        return report;
    }

    private static IEnumerable<string> Differences(string dataFolder, ComparedHours hours, JournalCursor journal, RecordPrints prints, long settledFrom)
    {
        var search = new DifferenceSearch(hours.All.Where(static hour => hour.IsCompared));
        if (search.Hours.Count == 0)
            return [];
        journal.Rewind();
        using var replay = new JournalReplay(hours, prints, search);
        replay.Run(journal, static (_, _) => { });
        var files = new HourRecords(dataFolder, prints, search);
        foreach (var hour in search.Hours)
            files.TryRead(hour, settledFrom);
        return search.Findings();
    }

    private static JournalReport Report(List<string> findings, ComparedHours hours, JournalCursor journal, JournalReplay replay)
    {
        var compared = hours.All.Where(static hour => hour.IsCompared).ToList();
        var inPart = compared.Count(hour => hour.Name.Signal == Signals.Signal.Traces && hour.Statement.From < replay.SettledFrom);
        return new JournalReport(findings, journal.KeptFrom, journal.End.Position)
        {
            Compared = compared.Count - inPart,
            ComparedInPart = inPart,
            NotCompared = hours.All.Count - compared.Count,
            Open = replay.Open,
        };
    }
}
