using System.Security.Cryptography;
using VmObs.Ledger.Hashing;
using VmObs.Signals.Wire;
using VmObs.Storage.Embedded.Sampling;

namespace VmObs.Storage.Embedded;

/// <summary>How the embedded store works.</summary>
/// <param name="DataFolder">Absolute path; created when missing.</param>
public sealed record StoreOptions(string DataFolder)
{
    /// <summary>Rules that requests are decoded by; recorded with them.</summary>
    public IngestRules Rules { get; init; } = new();

    /// <summary>Bytes that open hours may hold in memory; requests beyond are told to come back.</summary>
    public long HeadBudgetBytes { get; init; } = 384L * 1024 * 1024;

    /// <summary>What queries read of sealed files and keep for the next ones may take so much: footers, which series stand where.</summary>
    public long ReadCacheBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>32 secret bytes that derived files are tagged with: one that was changed without them counts for nothing. Without any they are drawn, and
    /// the next process makes such files again.</summary>
    public ReadOnlyMemory<byte> DerivedFileKey { get; init; } = RandomNumberGenerator.GetBytes(Blake3Mode.KeyBytes);

    /// <summary>A segment of the journal is closed once it is longer than this, bytes.</summary>
    internal long JournalSegmentBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>A memtable of samples or of decided traces goes to disk when it holds this much, bytes.</summary>
    internal long MemtableBytes => Math.Min(HeadBudgetBytes / 6, 64L * 1024 * 1024);

    /// <summary>Log records of all hours may hold this much before the largest run is flushed, bytes.</summary>
    internal long LogRunsBytes => HeadBudgetBytes / 4;

    /// <summary>Traces that are not decided may hold this much before the quietest are decided early, bytes.</summary>
    internal long PendingTraceBytes => HeadBudgetBytes / 4;

    /// <summary>Which traces get a receipt of their own.</summary>
    public TraceSignificance Significance { get; init; } = new();

    /// <summary>Which traces are kept when they are decided; null: all.</summary>
    public TraceSampling? Sampling { get; init; }

    /// <summary>How long sealed hours are kept, and how much of them.</summary>
    public RetentionPolicy Retention { get; init; } = new();

    /// <summary>Aggregates that metric hours are sealed with.</summary>
    public IReadOnlyList<MetricAggregate> Aggregates { get; init; } = MetricAggregate.Default;
}

/// <summary>Which traces are significant (SPEC 6.3): failed, slow, or touching a sensitive service.</summary>
public sealed record TraceSignificance
{
    /// <summary>A trace that takes longer than this is significant, ns.</summary>
    public long SlowerThanNanos { get; init; } = 5_000_000_000;

    /// <summary>Any span of these services makes a trace significant.</summary>
    public IReadOnlyList<string> SensitiveServices { get; init; } = ["treasury", "identity", "offsec"];

    /// <summary>Span attributes whose first value is handed to the receipt.</summary>
    public IReadOnlyList<string> ReceiptAttributes { get; init; } = [];
}

/// <summary>A number computed over all samples of one metric in an hour.</summary>
/// <param name="Name">The receipt's member: "avg_cpu_percent".</param>
/// <param name="Function">How samples become one number.</param>
/// <param name="Metric">The metric's name.</param>
public sealed record MetricAggregate(string Name, AggregateFunction Function, string Metric)
{
    /// <summary>SPEC 3.2's aggregates.</summary>
    public static IReadOnlyList<MetricAggregate> Default { get; } =
    [
        new("avg_cpu_percent", AggregateFunction.Average, "cpu_percent"),
        new("max_cpu_percent", AggregateFunction.Maximum, "cpu_percent"),
        new("avg_memory_percent", AggregateFunction.Average, "memory_percent"),
        new("total_receipts_emitted", AggregateFunction.Increase, "receipts_emitted_total"),
        new("total_anchors_completed", AggregateFunction.Increase, "anchors_completed_total"),
    ];
}

/// <summary>How the samples of an hour become one number.</summary>
public enum AggregateFunction
{
    /// <summary>Mean of all samples.</summary>
    Average,

    /// <summary>Largest sample.</summary>
    Maximum,

    /// <summary>Smallest sample.</summary>
    Minimum,

    /// <summary>Sum of all samples.</summary>
    Sum,

    /// <summary>Sum over the series of last minus first, counting a fall as a restart from zero.</summary>
    Increase,
}
