namespace VmObs.Signals;

/// <summary>The three kinds of telemetry. The numbers are part of the journal's format.</summary>
public enum Signal : byte
{
    /// <summary>Time series of float64 samples.</summary>
    Metrics = 1,

    /// <summary>Log records.</summary>
    Logs = 2,

    /// <summary>Spans, grouped by trace.</summary>
    Traces = 3,
}
