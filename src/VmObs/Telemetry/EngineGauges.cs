using System.Diagnostics.Metrics;
using VmObs.Api;
using VmObs.Signals;

namespace VmObs.Telemetry;

/// <summary>How full the engine is, observed when the metrics are collected.</summary>
internal static class EngineGauges
{
    public static void Register(Meter meter, Func<EngineVitals> vitals, Func<long> receiptsHeldBack, Func<long> refusedConnections,
        Func<IEnumerable<KeyValuePair<string, long>>> sampledOut)
    {
        meter.CreateObservableGauge("vmobs_head_bytes", () => vitals().HeadBytes, "By", "Memory that open hours hold.");
        meter.CreateObservableGauge("vmobs_head_budget_bytes", () => vitals().HeadBudgetBytes, "By", "Memory that open hours may hold.");
        meter.CreateObservableGauge("vmobs_receipts", () => vitals().Receipts, null, "Receipts in the ledger.");
        meter.CreateObservableCounter("vmobs_receipts_held_back_total", receiptsHeldBack, null, "Traces without a receipt of their own because of the limit for one second.");
        meter.CreateObservableCounter("vmobs_connections_refused_total", refusedConnections, null, "Connections closed because their address had as many as it may.");
        meter.CreateObservableCounter(
            "vmobs_traces_sampled_out_total", () => sampledOut().Select(rule => new Measurement<long>(rule.Value, new KeyValuePair<string, object?>("rule", rule.Key))),
            null, "Traces that a sampling rule did not keep.");
        meter.CreateObservableGauge("vmobs_open_hours", () => OpenHours(vitals()), null, "Hours that are not sealed.");
    }

    private static IEnumerable<Measurement<long>> OpenHours(EngineVitals vitals) =>
        vitals.OpenHours.Select(open => new Measurement<long>(open.Value, new KeyValuePair<string, object?>("signal", Name(open.Key))));

    private static string Name(Signal signal) => signal switch { Signal.Metrics => "metrics", Signal.Logs => "logs", _ => "traces" };
}
