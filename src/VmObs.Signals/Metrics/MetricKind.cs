namespace VmObs.Signals.Metrics;

/// <summary>What a series' samples mean. The numbers are part of the hour file's format.</summary>
public enum MetricKind : byte
{
    /// <summary>Not said by the sender.</summary>
    Unknown = 0,

    /// <summary>A value that goes up and down.</summary>
    Gauge = 1,

    /// <summary>A cumulative sum that only rises, save for restarts.</summary>
    Counter = 2,

    /// <summary>A cumulative sum that goes up and down.</summary>
    UpDownCounter = 3,

    /// <summary>A part (_bucket, _sum, _count) of a cumulative histogram with explicit bounds.</summary>
    Histogram = 4,
}
