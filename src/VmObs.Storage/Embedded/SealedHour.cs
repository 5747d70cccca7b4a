using VmObs.Signals;

namespace VmObs.Storage.Embedded;

/// <summary>An hour file that is complete on disk under its final name: all that its receipt says about it.</summary>
/// <param name="Signal">What the file holds.</param>
/// <param name="Hour">The hour of event time.</param>
/// <param name="LateIndex">0 for the hour itself, 1 and up for its late batches.</param>
/// <param name="StoragePath">Relative to the data folder, with slashes: "telemetry/logs/2025-12-06/hour-14.jsonl.gz".</param>
/// <param name="ContentHash">BLAKE3 of the whole file, lower-case hex.</param>
/// <param name="Length">The file's bytes.</param>
/// <param name="Journal">Which part of the journal it was made from.</param>
public sealed record SealedHour(
    Signal Signal, HourId Hour, int LateIndex, string StoragePath, string ContentHash, long Length, JournalSpan Journal)
{
    /// <summary>Set for a metric hour.</summary>
    public MetricHourFacts? Metrics { get; init; }

    /// <summary>Set for a log hour.</summary>
    public LogHourFacts? Logs { get; init; }

    /// <summary>Set for a trace hour.</summary>
    public TraceHourFacts? Traces { get; init; }
}

/// <summary>The records of the journal between which an hour's data lies.</summary>
/// <param name="From">Position of the first record that brought data for the hour, counted from 1, inclusive.</param>
/// <param name="To">Position through which the journal was applied when the hour closed, inclusive.</param>
/// <param name="Head">The journal's chain at <paramref name="To"/>: BLAKE3, lower-case hex.</param>
public sealed record JournalSpan(long From, long To, string Head);

/// <summary>What a metric hour holds.</summary>
/// <param name="RecordsRoot">RFC 6962 root in BLAKE3 over one leaf a series, lower-case hex.</param>
/// <param name="Nodes">Short names of the reporting nodes, ascending.</param>
/// <param name="Series">Number of series.</param>
/// <param name="Samples">Number of samples.</param>
/// <param name="Aggregates">Configured aggregates in order; null where the hour has no such samples.</param>
public sealed record MetricHourFacts(
    string RecordsRoot, IReadOnlyList<string> Nodes, long Series, long Samples, IReadOnlyList<KeyValuePair<string, double?>> Aggregates);

/// <summary>What a log hour holds.</summary>
/// <param name="Counts">Lines by level, indexed by <see cref="Signals.Logs.Level"/>.</param>
/// <param name="Services">Names of the reporting services, ascending.</param>
public sealed record LogHourFacts(IReadOnlyList<long> Counts, IReadOnlyList<string> Services);

/// <summary>What a trace hour holds.</summary>
/// <param name="RecordsRoot">RFC 6962 root in BLAKE3 over one leaf a decided trace, lower-case hex.</param>
/// <param name="Traces">Number of decided traces.</param>
/// <param name="Spans">Number of spans.</param>
/// <param name="ErrorTraces">Traces with at least one failed span.</param>
/// <param name="Services">Names of the services involved, ascending.</param>
/// <param name="Nodes">Short names of the nodes involved, ascending.</param>
public sealed record TraceHourFacts(
    string RecordsRoot, long Traces, long Spans, long ErrorTraces, IReadOnlyList<string> Services, IReadOnlyList<string> Nodes);
