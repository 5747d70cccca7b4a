using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Bench;

/// <summary>The endings of recorded payloads.</summary>
internal static class PayloadFormats
{
    private static readonly (string Ending, Signal Signal, WireFormat Format)[] s_all =
    [
        (".rw", Signal.Metrics, WireFormat.RemoteWrite1),
        (".rw2", Signal.Metrics, WireFormat.RemoteWrite2),
        (".otlp-metrics", Signal.Metrics, WireFormat.OtlpProtobuf),
        (".otlp-metrics-json", Signal.Metrics, WireFormat.OtlpJson),
        (".loki", Signal.Logs, WireFormat.LokiProtobuf),
        (".loki-json", Signal.Logs, WireFormat.LokiJson),
        (".otlp-logs", Signal.Logs, WireFormat.OtlpProtobuf),
        (".otlp-logs-json", Signal.Logs, WireFormat.OtlpJson),
        (".json-lines", Signal.Logs, WireFormat.JsonLogs),
        (".bulk", Signal.Logs, WireFormat.ElasticBulk),
        (".syslog", Signal.Logs, WireFormat.Syslog),
        (".otlp", Signal.Traces, WireFormat.OtlpProtobuf),
        (".otlp-json", Signal.Traces, WireFormat.OtlpJson),
        (".zipkin", Signal.Traces, WireFormat.ZipkinJson),
    ];

    /// <summary>What a file holds.</summary>
    public static (Signal Signal, WireFormat Format) Of(string path)
    {
        var ending = Path.GetExtension(path);
        var found = Array.FindIndex(s_all, one => one.Ending == ending);
        return found >= 0 ? (s_all[found].Signal, s_all[found].Format) : throw new ArgumentException($"{path}: unknown ending \"{ending}\", expected {string.Join(", ", s_all.Select(static one => one.Ending))}");
    }
}
