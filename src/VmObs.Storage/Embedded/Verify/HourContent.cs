using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>What a sealed hour file holds, found by reading all of it: to be compared with its receipt.</summary>
/// <param name="ContentHash">BLAKE3 of the whole file, lower-case hex.</param>
/// <param name="Length">The file's bytes.</param>
/// <param name="Findings">What is not as the file itself says, with the exact place; empty for a good file.</param>
public sealed record HourContent(string ContentHash, long Length, IReadOnlyList<string> Findings)
{
    /// <summary>Set for a metric hour that could be read; its aggregates are not recomputed.</summary>
    public MetricHourFacts? Metrics { get; init; }

    /// <summary>Set for a log hour that could be read.</summary>
    public LogHourFacts? Logs { get; init; }

    /// <summary>Set for a trace hour that could be read.</summary>
    public TraceHourFacts? Traces { get; init; }

    /// <summary>Leaf hashes of a trace hour by trace id and decision, lower-case hex.</summary>
    public IReadOnlyDictionary<(string TraceId, long Decision), string> Leaves { get; init; } = new Dictionary<(string, long), string>();

    /// <summary>Reads a sealed hour file.</summary>
    /// <param name="dataFolder">Absolute path.</param>
    /// <param name="storagePath">Relative to the data folder, as the receipt names it.</param>
    /// <returns>What it holds; null for a path that is not an hour file's.</returns>
    /// <exception cref="IOException">The file is not there or cannot be read.</exception>
    public static HourContent? Read(string dataFolder, string storagePath)
    {
        if (HourFile.TryParse(storagePath) is not { } name)
            return null;
        using var file = DiskFolder.Posix.OpenRead(name.PathIn(dataFolder));
        var content = new HourContent(HourFileHash.Of(file).ToHex(), file.Length, []);
        try
        {
            return name.Signal switch
            {
                Signal.Metrics => ReadMetrics(content, file),
                Signal.Logs => ReadLogs(content, file),
                _ => ReadTraces(content, file),
            };
        }
        catch (DamagedFileException damage)
        {
            return content with { Findings = [$"{storagePath}: at byte {damage.Offset}: {damage.Message}"] };
        }
    }

    private static HourContent ReadMetrics(HourContent content, DiskFile file)
    {
        var check = MetricFileReader.Verify(file);
        return content with
        {
            Findings = check.Findings,
            Metrics = new MetricHourFacts(check.RecordsRoot.ToHex(), check.Nodes, check.Series, check.Samples, []),
        };
    }

    private static HourContent ReadLogs(HourContent content, DiskFile file)
    {
        var check = LogFileReader.Verify(file);
        return content with { Findings = check.Findings, Logs = new LogHourFacts(check.Counts, check.Services) };
    }

    private static HourContent ReadTraces(HourContent content, DiskFile file)
    {
        var check = TraceFileReader.Verify(file);
        return content with
        {
            Findings = check.Findings,
            Traces = new TraceHourFacts(check.RecordsRoot.ToHex(), check.Traces, check.Spans, check.ErrorTraces, check.Services, check.Nodes),
            Leaves = check.Leaves.ToDictionary(leaf => (leaf.Key.Id.ToString(), leaf.Key.Decision), leaf => leaf.Value.ToHex()),
        };
    }
}
