namespace VmObs.Query.Correlation;

/// <summary>A series leaves its usual level, or comes back to it.</summary>
/// <param name="AtUnixNanos">When: the minute in which it does.</param>
/// <param name="Kind">How.</param>
public readonly record struct LevelShift(long AtUnixNanos, ShiftKind Kind);

/// <summary>How a series moves against its usual level.</summary>
public enum ShiftKind
{
    /// <summary>It begins to rise above it.</summary>
    Rise,

    /// <summary>It is below it.</summary>
    Low,

    /// <summary>It is back.</summary>
    Return,
}
