using VmObs.Signals.Ports;

namespace VmObs.Proofs;

/// <summary>What people and programs call the journal's wire formats.</summary>
internal static class JournalFormats
{
    /// <summary>"otlp_protobuf".</summary>
    public static string Name(WireFormat format) => format switch
    {
        WireFormat.OtlpProtobuf => "otlp_protobuf",
        WireFormat.OtlpJson => "otlp_json",
        WireFormat.RemoteWrite1 => "remote_write_1",
        WireFormat.RemoteWrite2 => "remote_write_2",
        WireFormat.LokiProtobuf => "loki_protobuf",
        WireFormat.LokiJson => "loki_json",
        WireFormat.JsonLogs => "json_logs",
        WireFormat.JsonMetrics => "json_metrics",
        WireFormat.JsonTraces => "json_traces",
        WireFormat.ElasticBulk => "elasticsearch_bulk",
        WireFormat.Syslog => "syslog",
        WireFormat.ZipkinJson => "zipkin_json",
        WireFormat.JaegerThrift => "jaeger_thrift",
        _ => $"format_{(int)format}",
    };
}
