using System.Globalization;
using System.Text.Json;
using VmObs.Signals;

namespace VmObs.Query.Correlation;

/// <summary>Tells what the ledger has around a time: traces, alerts, anomalies, sealed hours, gaps and operations.</summary>
internal static class ReceiptTimeline
{
    public static List<TimelineEvent> Find(IEnumerable<ReadOnlyMemory<byte>> receipts, TimelineWindow window)
    {
        var events = new List<TimelineEvent>();
        var traces = new Dictionary<(string Name, bool Failed), List<Trace>>();
        var firedOn = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in receipts)
        {
            using var document = JsonDocument.Parse(line);
            var receipt = document.RootElement;
            if (Text(receipt, "type") == "obs_trace_complete")
                AddTrace(traces, receipt);
            else if (Tell(receipt, firedOn) is { } told)
                events.Add(told);
        }
        events.AddRange(traces.Values.Select(group => TellTraces([.. group.Where(trace => window.Contains(trace.Start)).OrderBy(static trace => trace.Start)])).OfType<TimelineEvent>());
        return [.. events.Where(told => window.Contains(told.AtUnixNanos))];
    }

    private static TimelineEvent? Tell(JsonElement receipt, Dictionary<string, string> firedOn)
    {
        var at = Rfc3339.TryParse(Text(receipt, "timestamp"), out var time) ? time : 0;
        var told = new TimelineEvent(at, EventSource.Receipt, "") { Reference = Text(receipt, "idempotency_key") };
        switch (Text(receipt, "type"))
        {
            case "obs_alert_fired":
                var node = firedOn[Text(receipt, "alert_id")] = NodeName.ToShort(Text(receipt, "node"));
                return told with { Source = EventSource.Alert, Text = $"{Text(receipt, "name")} fired on {node}", Node = node, Reference = Text(receipt, "alert_id") };
            case "obs_alert_resolved":
                var on = firedOn.GetValueOrDefault(Text(receipt, "alert_id"));
                return told with { Source = EventSource.Alert, Text = $"{Text(receipt, "name")} resolved{(on is null ? "" : " on " + on)}", Node = on, Reference = Text(receipt, "alert_id") };
            case "obs_anomaly_detected":
                return told with { Source = EventSource.Anomaly, Text = $"{Text(receipt, "metric")} {Side(receipt)}", Node = NodeName.ToShort(Text(receipt, "node")), Reference = Text(receipt, "anomaly_id") };
            case "obs_metric_snapshot" or "obs_log_batch" or "obs_trace_batch":
                return told with { Text = $"sealed {Text(receipt, "storage_path")}" };
            case "obs_gap":
                return told with { Text = $"gap: {Text(receipt, "reason")}" };
            case "obs_operation":
                return told with { Text = $"operation {Text(receipt, "operation_type")}" };
            default:
                return null;
        }
    }

    private static string Side(JsonElement anomaly) =>
        anomaly.TryGetProperty("expected_range", out var range) && anomaly.TryGetProperty("observed_value", out var observed)
            && range.TryGetProperty("min", out var min) && observed.GetDouble() < min.GetDouble() ? "low" : "high";

    private static void AddTrace(Dictionary<(string, bool), List<Trace>> traces, JsonElement receipt)
    {
        var duration = receipt.TryGetProperty("duration_ms", out var ms) ? ms.GetDouble() : 0;
        if (!Rfc3339.TryParse(Text(receipt, "timestamp"), out var end))
            return;
        var key = (Text(receipt, "name"), Text(receipt, "status") == "error");
        if (!traces.TryGetValue(key, out var group))
            traces.Add(key, group = []);
        var start = Rfc3339.TryParse(Text(receipt, "started_at"), out var started) ? started : end - (long)(duration * 1e6);
        group.Add(new Trace(Text(receipt, "trace_id"), key.Item1, start, duration, key.Item2));
    }

    /// <summary>One line for those of a name that ended alike: the first of them, and how many followed.</summary>
    private static TimelineEvent? TellTraces(IReadOnlyList<Trace> group)
    {
        if (group.Count == 0)
            return null;
        var first = group[0];
        var outcome = string.Create(CultureInfo.InvariantCulture, $"{first.Id} {(first.Failed ? "failed" : "completed")} ({first.DurationMs:0.###}ms, {(first.Failed ? "error" : "normal")})");
        var more = group.Count == 1 ? "" : string.Create(
            CultureInfo.InvariantCulture, $"; {group.Count - 1} more of {first.Name} until {ClockTime.Of(group[^1].Start)}, slowest {group.Max(static trace => trace.DurationMs):0.###}ms");
        return new TimelineEvent(first.Start, EventSource.Trace, outcome + more) { Reference = first.Id };
    }

    private static string Text(JsonElement receipt, string member) =>
        receipt.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private sealed record Trace(string Id, string Name, long Start, double DurationMs, bool Failed);
}
