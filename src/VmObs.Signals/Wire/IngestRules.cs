namespace VmObs.Signals.Wire;

/// <summary>What decoding depends on besides the request itself. Written into the head of each journal segment, so that a replay reads
/// yesterday's requests by yesterday's rules.</summary>
public sealed record IngestRules
{
    /// <summary>What a journal head means by not saying a rule: what engines did before that rule was there.</summary>
    public static IngestRules Unrecorded { get; } = new();

    /// <summary>Resource attributes that name the node, the first one present wins.</summary>
    public IReadOnlyList<string> NodeAttributes { get; init; } =
        ["vm.node", "host.name", "k8s.node.name", "host.id", "container.id", "service.instance.id"];

    /// <summary>Node of records whose resource names none.</summary>
    public string UnknownNode { get; init; } = "unknown";

    /// <summary>Service of records whose resource names none (OpenTelemetry's own default).</summary>
    public string UnknownService { get; init; } = "unknown_service";

    /// <summary>Members of a JSON log record that hold its time, the first that can be read wins; with dots, inside nested objects too.</summary>
    public IReadOnlyList<string> TimeKeys { get; init; } = ["@timestamp", "timestamp", "time", "ts", "date", "datetime", "eventTime", "_time", "_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"];

    /// <summary>Members that hold its level.</summary>
    public IReadOnlyList<string> LevelKeys { get; init; } = ["level", "severity", "lvl", "log.level", "loglevel", "log_level", "severity_text", "levelname", "@l", "priority", "PRIORITY"];

    /// <summary>Members that hold its message.</summary>
    public IReadOnlyList<string> MessageKeys { get; init; } = ["message", "msg", "log", "body", "_msg", "event.original", "@m", "MESSAGE", "text"];

    /// <summary>Members that name its service.</summary>
    public IReadOnlyList<string> ServiceKeys { get; init; } =
    [
        "service", "service.name", "service_name", "kubernetes.labels.app", "kubernetes.container_name", "kubernetes.container.name",
        "container_name", "container.name", "application", "app", "appname", "program", "SYSLOG_IDENTIFIER", "_SYSTEMD_UNIT",
    ];

    /// <summary>Members that name its node.</summary>
    public IReadOnlyList<string> NodeKeys { get; init; } =
        ["node", "node_name", "host", "host.name", "hostname", "kubernetes.node_name", "kubernetes.node.name", "kubernetes.host", "_HOSTNAME", "agent.hostname"];

    /// <summary>Time zone (IANA) of syslog messages whose time names none.</summary>
    public string SyslogTimeZone { get; init; } = "UTC";

    /// <summary>How far ahead of its arrival a record may lie, ns.</summary>
    public long MaxAheadNanos { get; init; } = 600L * 1_000_000_000L;

    /// <summary>A body may not grow beyond this when decompressed, bytes.</summary>
    public int MaxDecodedBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>A single log record's or span's document may not exceed this, bytes.</summary>
    public int MaxRecordBytes { get; init; } = 1024 * 1024;

    /// <summary>What one request decodes to may not grow beyond this, bytes: shared parts (a resource) are written once a record.</summary>
    public int MaxBatchBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>A series or stream may not have more labels than this.</summary>
    public int MaxLabels { get; init; } = 128;

    /// <summary>A label's name or value, or a metric's name, may not be longer than this, bytes.</summary>
    public int MaxLabelBytes { get; init; } = 4096;

    /// <summary>How OTLP metrics and attributes become series. The engine's own default is Prometheus's; this one is for heads that were
    /// written before there was a choice.</summary>
    public OtlpTranslation OtlpTranslation { get; init; }

    /// <summary>Resource attributes that become labels of each OTLP series.</summary>
    // A head without it is read as null, whatever stands here.
    public IReadOnlyList<string> PromoteResourceAttributes { get; init => field = value ?? []; } = [];
}
