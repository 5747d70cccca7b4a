namespace VmObs.Signals.Wire.Otlp;

/// <summary>What a metric's type adds to its name.</summary>
internal enum MetricNameSuffix : byte
{
    None,

    /// <summary>"total": a sum that only rises.</summary>
    Total,

    /// <summary>"ratio", where the unit is 1: a gauge.</summary>
    Ratio,
}
