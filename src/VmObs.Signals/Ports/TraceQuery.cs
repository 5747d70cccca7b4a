using VmObs.Signals.Filters;
using VmObs.Signals.Traces;

namespace VmObs.Signals.Ports;

/// <summary>What is asked of traces. All conditions hold together; a null one is not a condition.</summary>
/// <param name="FromUnixNanos">A trace starts here or later: start of its earliest span, inclusive.</param>
/// <param name="ToUnixNanos">Exclusive.</param>
public sealed record TraceQuery(long FromUnixNanos, long ToUnixNanos)
{
    /// <summary>One span is of exactly this service; <see cref="Name"/> and <see cref="Tags"/> then speak of the same span.</summary>
    public string? Service { get; init; }

    /// <summary>One span has exactly this name.</summary>
    public string? Name { get; init; }

    /// <summary>Attributes or resource attributes that one span has, with exactly these values; numbers and truth values by their JSON text.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>From the first start to the last end of all spans at least this long, ns, inclusive.</summary>
    public long MinDurationNanos { get; init; } = long.MinValue;

    /// <summary>And at most this long, ns, inclusive.</summary>
    public long MaxDurationNanos { get; init; } = long.MaxValue;

    /// <summary>Whether any span failed.</summary>
    public bool? Failed { get; init; }

    /// <summary>A condition over the whole trace (<see cref="TraceFilterDocument"/>).</summary>
    public Filter? Filter { get; init; }

    /// <summary>Only what comes after this one, newest first; null begins with the newest.</summary>
    public TracePlace? After { get; init; }

    /// <summary>At most this many.</summary>
    public int Limit { get; init; } = 20;

    /// <summary>What the answer may cost.</summary>
    public QueryBudget Budget { get; init; } = QueryBudget.Unlimited();
}
