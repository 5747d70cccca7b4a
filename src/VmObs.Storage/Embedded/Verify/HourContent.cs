using VmObs.Ledger.Hashing;
using VmObs.Ledger.Remains;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>What a sealed hour file holds, found by reading all of it: to be compared with its receipt.</summary>
/// <param name="ContentHash">BLAKE3 of the whole file, lower-case hex.</param>
/// <param name="Length">The file's bytes.</param>
/// <param name="Findings">What is not as the file itself says, with the exact place; empty for a good file.</param>
public sealed record HourContent(string ContentHash, long Length, IReadOnlyList<string> Findings)
{
    /// <summary>Classes whose records are gone.</summary>
    public ExpiryClasses Gone { get; init; }

    /// <summary>Set for a metric hour that could be read; its aggregates are not recomputed.</summary>
    public MetricHourFacts? Metrics { get; init; }

    /// <summary>Set for a log hour that could be read.</summary>
    public LogHourFacts? Logs { get; init; }

    /// <summary>Set for a trace hour that could be read.</summary>
    public TraceHourFacts? Traces { get; init; }

    /// <summary>Leaf hashes of a trace hour by trace id and decision.</summary>
    public IReadOnlyDictionary<(TraceId Id, long Decision), Digest> Leaves { get; init; } = new Dictionary<(TraceId, long), Digest>();

    /// <summary>Reads a sealed hour file.</summary>
    /// <param name="dataFolder">Absolute path.</param>
    /// <param name="storagePath">Relative to the data folder, as the receipt names it.</param>
    /// <param name="journal">Takes the records as well; null without it.</param>
    /// <returns>What it holds; null for a path that is not an hour file's.</returns>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static HourContent? Read(string dataFolder, string storagePath, JournalComparison? journal = null)
    {
        if (HourFile.TryParse(storagePath) is not { } name)
            return null;
        using var file = DiskFolder.Posix.OpenRead(name.PathIn(dataFolder));
        return Read(name.Signal, storagePath, new HourContent(HourFileHash.Of(file).ToHex(), file.Length, []), file, remains: null, journal);
    }

    /// <summary>Reads what remains of a sealed hour file, proving it by the outboard beside it.</summary>
    /// <param name="dataFolder">Absolute path.</param>
    /// <param name="storagePath">Relative to the data folder.</param>
    /// <param name="contentHash">As the file's receipt says, lower-case hex.</param>
    /// <param name="outboardHead">As the receipt of what expired says, lower-case hex.</param>
    /// <param name="live">Whether an engine is at work, which may be about to make the holes.</param>
    /// <param name="journal">Takes the records as well; null without it.</param>
    /// <returns>What remains; what does not verify is a finding that names its bytes. Null for a path that is not an hour file's.</returns>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static HourContent? ReadRest(string dataFolder, string storagePath, string contentHash, string outboardHead, bool live, JournalComparison? journal = null)
    {
        if (HourFile.TryParse(storagePath) is not { } name)
            return null;
        using var file = DiskFolder.Posix.OpenRead(name.PathIn(dataFolder));
        var (content, remains) = Prove(file, storagePath, contentHash, outboardHead, live);
        return content.Findings.Count > 0 ? content : Read(name.Signal, storagePath, content, file, remains, journal);
    }

    /// <summary>Proves the bytes that remain, and leaves the records in them alone.</summary>
    /// <inheritdoc cref="ReadRest"/>
    public static HourContent? ProveRest(string dataFolder, string storagePath, string contentHash, string outboardHead, bool live)
    {
        if (HourFile.TryParse(storagePath) is not { } name)
            return null;
        using var file = DiskFolder.Posix.OpenRead(name.PathIn(dataFolder));
        return Prove(file, storagePath, contentHash, outboardHead, live).Content;
    }

    private static (HourContent Content, RemainsHead? Remains) Prove(DiskFile file, string storagePath, string contentHash, string outboardHead, bool live)
    {
        var content = new HourContent(contentHash, file.Length, []);
        var findings = new List<string>();
        if (Outboard(file.Path, contentHash, outboardHead, storagePath, findings) is not { } outboard)
            return (content with { Findings = findings }, null);
        if (file.Length != outboard.Head.ContentLength)
            findings.Add($"{storagePath}: found {file.Length} bytes, expected {outboard.Head.ContentLength}");
        var (altered, stillThere) = outboard.Check.CheckAll(file.Read);
        findings.AddRange(altered.Select(range => $"{storagePath}: bytes {range.Offset} to {range.End - 1}: found others, expected those that were sealed with content_hash blake3:{contentHash}"));
        if (!live)
            findings.AddRange(stillThere.Select(range => $"{storagePath}: bytes {range.Offset} to {range.End - 1}: found expired records, expected zeros; an engine that starts on the folder drops them"));
        return (content with { Findings = findings, Gone = new ExpiryClasses(outboard.Head.GoneClasses) }, outboard.Head);
    }

    /// <summary>Reads a sealed hour file once more for its records alone.</summary>
    internal static void ReadRecords(string dataFolder, HourFile name, HourRecords records)
    {
        try
        {
            using var file = SealedFile.Open(DiskFolder.Posix, name.PathIn(dataFolder));
            if (records.IsAsKnown(file.Remains))
                Read(name.Signal, new HourContent("", file.File.Length, []), file.File, file.Remains, records);
        }
        catch (IOException)
        {
            // It could be read before: a live engine has dropped it since, and its records go unnamed.
        }
    }

    private static HourContent Read(Signal signal, string storagePath, HourContent content, DiskFile file, RemainsHead? remains, JournalComparison? journal)
    {
        try
        {
            return journal is null
                ? Read(signal, content, file, remains, null)
                : journal.Read(storagePath, records => Read(signal, content, file, remains, records?.IsAsKnown(remains) == true ? records : null));
        }
        catch (DamagedFileException damage)
        {
            return content with { Findings = [$"{storagePath}: at byte {damage.Offset}: found {damage.Found}, expected {damage.Expected}"] };
        }
    }

    private static HourContent Read(Signal signal, HourContent content, DiskFile file, RemainsHead? remains, HourRecords? records) => signal switch
    {
        Signal.Metrics => ReadMetrics(content, file, records),
        Signal.Logs => ReadLogs(content, file, remains, records),
        _ => ReadTraces(content, file, remains, records),
    };

    /// <summary>The outboard that the receipt speaks of; it has its pending name until the holes are made.</summary>
    private static (RemainsHead Head, RemainsCheck Check)? Outboard(string path, string contentHash, string outboardHead, string storagePath, List<string> findings)
    {
        var found = "none";
        foreach (var suffix in (ReadOnlySpan<string>)[RemainsHead.Suffix, RemainsHead.PendingSuffix])
        {
            try
            {
                if (RemainsFile.ReadWhole(DiskFolder.Posix, path + suffix) is not { } bytes)
                    continue;
                var outboard = RemainsCheck.Read(bytes, Digest.TryParseHex(contentHash, out var hash) ? hash : default);
                if (outboard.Head.Hash().ToHex() == outboardHead)
                    return outboard;
                found = $"one with head blake3:{outboard.Head.Hash().ToHex()}";
            }
            catch (FormatException error)
            {
                found = $"one that does not verify ({error.Message})";
            }
            catch (FileNotFoundException)
            {
                // An engine gave it its name, or dropped the file, since the look.
                found = "none";
            }
        }
        findings.Add($"{storagePath}{RemainsHead.Suffix}: found {found}, expected an outboard with head blake3:{outboardHead}");
        return null;
    }

    private static HourContent ReadMetrics(HourContent content, DiskFile file, HourRecords? records)
    {
        var check = MetricFileReader.Verify(file, records is null ? null : records.Series);
        records?.Complete(file.Path);
        return content with
        {
            Findings = check.Findings,
            Metrics = new MetricHourFacts(check.RecordsRoot.ToHex(), check.Nodes, check.Series, check.Samples, []),
        };
    }

    private static HourContent ReadLogs(HourContent content, DiskFile file, RemainsHead? remains, HourRecords? records)
    {
        var check = LogFileReader.Verify(file, remains, records);
        if (check.IsWhole)
            records?.Complete(file.Path);
        return content with { Findings = check.Findings, Logs = new LogHourFacts(check.Counts, check.Services) };
    }

    private static HourContent ReadTraces(HourContent content, DiskFile file, RemainsHead? remains, HourRecords? records)
    {
        var check = TraceFileReader.Verify(file, remains);
        if (records is not null)
        {
            foreach (var (key, leaf) in check.Leaves)
                records.Trace(key, leaf);
            records.Complete(file.Path);
        }
        return content with
        {
            Findings = check.Findings,
            Traces = new TraceHourFacts(check.RecordsRoot.ToHex(), check.Traces, check.Spans, check.ErrorTraces, check.Services, check.Nodes),
            Leaves = check.Leaves.ToDictionary(static leaf => (leaf.Key.Id, leaf.Key.Decision), static leaf => leaf.Value),
        };
    }
}
