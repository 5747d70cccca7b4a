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

    /// <summary>A part (_sum, _count, or a quantile) of a summary.</summary>
    Summary = 5,

    /// <summary>A sum of delta temporality: each value is the change since the sample before.</summary>
    DeltaCounter = 6,

    /// <summary>A part of a histogram with explicit bounds of delta temporality.</summary>
    DeltaHistogram = 7,

    /// <summary>A cumulative exponential (native) histogram: the value is its count, the detail has all of it.</summary>
    ExponentialHistogram = 8,

    /// <summary>An exponential histogram of delta temporality.</summary>
    DeltaExponentialHistogram = 9,

    /// <summary>A constant 1: its labels are the statement.</summary>
    Info = 10,

    /// <summary>An exemplar that came apart from its sample: its value at its time; trace and labels are in the detail.</summary>
    Exemplar = 11,
}
