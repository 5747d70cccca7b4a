namespace VmObs.Query.Correlation;

/// <summary>What told of an event.</summary>
public enum EventSource
{
    /// <summary>A series that left its usual level, or came back to it.</summary>
    Metric,

    /// <summary>Log lines.</summary>
    Log,

    /// <summary>A trace with a receipt of its own: failed, slow or sensitive.</summary>
    Trace,

    /// <summary>An alert that fired or was resolved.</summary>
    Alert,

    /// <summary>A detected anomaly.</summary>
    Anomaly,

    /// <summary>Another receipt: a sealed hour, a gap, an operation.</summary>
    Receipt,
}
