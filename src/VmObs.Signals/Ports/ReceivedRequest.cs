namespace VmObs.Signals.Ports;

/// <summary>How a request's body is written. The numbers are part of the journal's format and never reused.</summary>
public enum WireFormat : byte
{
    /// <summary>An OTLP Export…ServiceRequest as protobuf.</summary>
    OtlpProtobuf = 1,

    /// <summary>An OTLP Export…ServiceRequest as JSON.</summary>
    OtlpJson = 2,

    /// <summary>Prometheus remote_write 1.0: a snappy block holding a protobuf WriteRequest.</summary>
    RemoteWrite1 = 3,

    /// <summary>Loki push: a snappy block holding a protobuf PushRequest.</summary>
    LokiProtobuf = 4,

    /// <summary>Loki push as JSON.</summary>
    LokiJson = 5,

    /// <summary>Log records as JSON objects: one, an array, or one after another (NDJSON).</summary>
    JsonLogs = 6,

    /// <summary>Elasticsearch's bulk: action lines, each with its document's line.</summary>
    ElasticBulk = 7,

    /// <summary>Documents of SPEC 2.1 (metrics): one, an array, or one after another.</summary>
    JsonMetrics = 8,

    /// <summary>Documents of SPEC 2.3 (traces): one, an array, or one after another.</summary>
    JsonTraces = 9,

    /// <summary>Prometheus remote_write 2.0: a snappy block holding a protobuf io.prometheus.write.v2.Request.</summary>
    RemoteWrite2 = 10,

    /// <summary>Syslog messages (RFC 5424 or 3164), octet-counted, whatever framing they came in.</summary>
    Syslog = 11,

    /// <summary>Zipkin v2 spans as JSON.</summary>
    ZipkinJson = 12,

    /// <summary>A jaeger.thrift Batch in Thrift's binary protocol.</summary>
    JaegerThrift = 13,
}

/// <summary>How a request's body is compressed over HTTP. The numbers are part of the journal's format.</summary>
/// <remarks>Formats that are snappy blocks by definition are those under <see cref="Identity"/>; another coding stands in the block's place.</remarks>
public enum ContentCoding : byte
{
    /// <summary>Not compressed.</summary>
    Identity = 0,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip = 1,

    /// <summary>HTTP's deflate, which is zlib (RFC 1950).</summary>
    Deflate = 2,

    /// <summary>Zstandard (RFC 8878), windows of at most 8 MiB (RFC 9659).</summary>
    Zstd = 3,
}

/// <summary>One request as it arrived: all that decoding it depends on, besides the rules in force. This is what the journal keeps.</summary>
/// <param name="Signal">What it carries.</param>
/// <param name="Format">How its body is written.</param>
/// <param name="Coding">How its body is compressed.</param>
/// <param name="ArrivalUnixNanos">When its last byte arrived, Unix ns, UTC.</param>
/// <param name="Body">What the journal keeps: <see cref="Node"/>, then <see cref="Content"/>; borrowed until the append completes.</param>
public readonly record struct ReceivedRequest(Signal Signal, WireFormat Format, ContentCoding Coding, long ArrivalUnixNanos, ReadOnlyMemory<byte> Body)
{
    /// <summary>The longest name of a node that a sender may be bound to, bytes.</summary>
    public const int MaxNodeBytes = 255;

    /// <summary>Bytes of <see cref="Node"/>, at most <see cref="MaxNodeBytes"/>.</summary>
    public int NodeBytes { get; init; }

    /// <summary>Short name of the node that the sender is bound to: all its records are this node's, whatever they say. Empty for others.</summary>
    public ReadOnlyMemory<byte> Node => Body[..NodeBytes];

    /// <summary>The bytes that the sender sent.</summary>
    public ReadOnlyMemory<byte> Content => Body[NodeBytes..];
}
