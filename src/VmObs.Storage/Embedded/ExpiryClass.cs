using VmObs.Signals.Logs;

namespace VmObs.Storage.Embedded;

/// <summary>Records that expire together. The numbers are bits in outboards.</summary>
public enum ExpiryClass
{
    /// <summary>Samples.</summary>
    Metrics = 0,

    /// <summary>Log lines of level trace.</summary>
    LogsTrace = 1,

    /// <summary>Log lines of the levels debug, info and warn.</summary>
    LogsStandard = 2,

    /// <summary>Log lines of the levels error and fatal.</summary>
    LogsError = 3,

    /// <summary>Traces without a failed span.</summary>
    TracesOk = 4,

    /// <summary>Traces with a failed span.</summary>
    TracesError = 5,
}

/// <summary>What receipts and the configuration call a class.</summary>
public static class ExpiryClassNames
{
    /// <summary>The last part of its key in the configuration: "standard".</summary>
    public static string Name(this ExpiryClass item) => item switch
    {
        ExpiryClass.Metrics => "metrics",
        ExpiryClass.LogsTrace => "trace",
        ExpiryClass.LogsStandard => "standard",
        ExpiryClass.LogsError or ExpiryClass.TracesError => "error",
        _ => "ok",
    };

    /// <summary>The class in which log lines of a retention class expire.</summary>
    public static ExpiryClass Expiry(this RetentionClass lines) => lines switch
    {
        RetentionClass.Trace => ExpiryClass.LogsTrace,
        RetentionClass.Standard => ExpiryClass.LogsStandard,
        _ => ExpiryClass.LogsError,
    };
}
