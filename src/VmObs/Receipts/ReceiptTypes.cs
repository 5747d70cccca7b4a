namespace VmObs.Receipts;

/// <summary>The numbers of receipt types in the index; part of its format (docs/format/tlog.md).</summary>
internal static class ReceiptTypes
{
    /// <summary>Of every type that has no number of its own: such a receipt's line is looked at.</summary>
    public const byte Unnumbered = byte.MaxValue;

    /// <summary>The number of <see cref="TraceComplete"/>.</summary>
    public const byte TraceCompleteNumber = 3;

    /// <summary>The one type of which there are many, for traces.</summary>
    public const string TraceComplete = "obs_trace_complete";

    // By number; names are only ever added at the end.
    private static readonly string?[] s_names =
    [
        null, "obs_metric_snapshot", "obs_log_batch", TraceComplete, "obs_alert_fired", "obs_alert_resolved", "obs_slo_report", "obs_anomaly_detected",
        "obs_trace_batch", "obs_operation", "obs_gap", "obs_retention", "obs_anchor",
    ];

    /// <summary>The number of a type.</summary>
    public static byte NumberOf(string type)
    {
        var number = Array.IndexOf(s_names, type);
        return number > 0 ? (byte)number : Unnumbered;
    }

    /// <summary>Says of each number whether it is that of one of some types.</summary>
    /// <param name="types">Types with their prefix; empty for all.</param>
    public static bool[] Wanted(IReadOnlySet<string> types)
    {
        var wanted = new bool[byte.MaxValue + 1];
        if (types.Count == 0)
            Array.Fill(wanted, true);
        else
            wanted[Unnumbered] = true;
        foreach (var type in types)
            wanted[NumberOf(type)] = true;
        return wanted;
    }
}
