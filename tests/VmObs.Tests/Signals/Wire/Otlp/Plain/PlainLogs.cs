using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using VmObs.Signals;
using VmObs.Tests.Signals.Wire.Plain;

namespace VmObs.Tests.Signals.Wire.Otlp.Plain;

/// <summary>Maps log requests the plain way: docs/resource-mapping.md, member by member.</summary>
internal static class PlainLogs
{
    private static readonly string[] Levels = ["trace", "debug", "info", "warn", "error", "fatal"];

    public static string Map(ExportLogsServiceRequest request)
    {
        var batch = new PlainBatch();
        foreach (var group in request.ResourceLogs)
        {
            var resource = PlainResource.Of(group.Resource, group.SchemaUrl);
            foreach (var scoped in group.ScopeLogs)
            {
                var scope = PlainResource.Scope(scoped.Scope, scoped.SchemaUrl);
                foreach (var log in scoped.LogRecords)
                    Map(log, resource, scope, batch);
            }
        }
        return batch.ToString();
    }

    private static void Map(LogRecord log, PlainResource resource, string scope, PlainBatch batch)
    {
        var time = new[] { log.TimeUnixNano, log.ObservedTimeUnixNano, (ulong)Wiring.Arrival }.First(t => t != 0);
        var fault = log.ObservedTimeUnixNano > long.MaxValue ? RefusalReason.InvalidTimestamp : PlainBatch.FaultOf(time);
        if (fault is { } reason)
        {
            batch.Refuse(reason);
            return;
        }
        var number = (int)log.SeverityNumber;
        var level = number is >= 1 and <= 24 ? Levels[(number - 1) / 4] : log.SeverityText == "warn2" ? "warn" : "info";
        var attributes = PlainValues.Last(log.Attributes);
        var isText = log.Body is null || log.Body.ValueCase is AnyValue.ValueOneofCase.StringValue or AnyValue.ValueOneofCase.None;
        var tail = new List<string>
        {
            $"\"level\":\"{level}\"", $"\"service\":{PlainValues.Json(resource.Service)}", $"\"node\":{PlainValues.Json("did:vm:node:" + resource.Node)}",
            $"\"message\":{PlainValues.Json(isText ? log.Body?.StringValue ?? "" : PlainValues.Json(log.Body))}",
        };
        void When(bool given, string member)
        {
            if (given)
                tail.Add(member);
        }
        When(attributes.Count > 0, $"\"attributes\":{PlainValues.Json(attributes)}");
        When(PlainValues.IsId(log.TraceId, 16), $"\"trace_id\":\"{PlainValues.Hex(log.TraceId)}\"");
        When(PlainValues.IsId(log.SpanId, 8), $"\"span_id\":\"{PlainValues.Hex(log.SpanId)}\"");
        var file = attributes.Find(pair => pair.Key == "code.file.path")?.Value?.StringValue ?? "";
        var line = attributes.Find(pair => pair.Key == "code.lineno")?.Value;
        When(file.Length > 0, $"\"caller\":{PlainValues.Json(line?.ValueCase == AnyValue.ValueOneofCase.IntValue ? $"{file}:{line.IntValue}" : file)}");
        When(!isText, $"\"body\":{PlainValues.Json(log.Body)}");
        When(number != 0, $"\"severity_number\":{number}");
        When(log.SeverityText.Length > 0 && !log.SeverityText.Equals(level, StringComparison.OrdinalIgnoreCase), $"\"severity_text\":{PlainValues.Json(log.SeverityText)}");
        When(log.ObservedTimeUnixNano != 0 && log.ObservedTimeUnixNano != time, $"\"observed_timestamp\":\"{Rfc3339.Format((long)log.ObservedTimeUnixNano)}\"");
        When(log.EventName.Length > 0, $"\"event_name\":{PlainValues.Json(log.EventName)}");
        When(log.Flags != 0, $"\"flags\":{log.Flags}");
        When(log.DroppedAttributesCount != 0, $"\"dropped_attributes_count\":{log.DroppedAttributesCount}");
        When(resource.Json.Length > 0, $"\"resource\":{resource.Json}");
        When(scope.Length > 0, $"\"scope\":{scope}");
        var labels = PlainBatch.Labels(new Dictionary<string, string> { ["node"] = resource.Node, ["service"] = resource.Service });
        batch.Add($"{labels} {time} {char.ToUpperInvariant(level[0])}{level[1..]} {string.Join(',', tail)}}}");
    }
}
