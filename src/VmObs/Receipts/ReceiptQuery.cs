using VmObs.Signals.Filters;

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

    /// <summary>What the receipt matches.</summary>
    public Filter? Filter { get; init; }

    /// <summary>Only those after this place in the scroll.</summary>
    public long AfterSeq { get; init; } = -1;

    /// <summary>Only those before this place in the scroll.</summary>
    public long BeforeSeq { get; init; } = long.MaxValue;

    /// <summary>Whether the latest ones of the scroll come first.</summary>
    public bool NewestFirst { get; init; } = true;

    /// <summary>At most this many; at least 1.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Whether type and time tell all that is asked.</summary>
    public bool IsToldByIndex => Node is null && Filter is null;
}
