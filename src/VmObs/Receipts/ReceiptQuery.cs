namespace VmObs.Receipts;

/// <summary>What is asked of receipts. All conditions hold together; a null one is not a condition.</summary>
/// <param name="FromUnixNanos">Of the receipt's timestamp, inclusive.</param>
/// <param name="ToUnixNanos">Of the receipt's timestamp, exclusive.</param>
internal sealed record ReceiptQuery(long FromUnixNanos, long ToUnixNanos)
{
    /// <summary>Types with their prefix: "obs_log_batch"; empty for all.</summary>
    public IReadOnlySet<string> Types { get; init; } = new HashSet<string>();

    /// <summary>A node that the receipt names, in either spelling.</summary>
    public string? Node { get; init; }

    /// <summary>At most this many, the latest ones of the scroll; at least 1.</summary>
    public int Limit { get; init; } = 100;
}
