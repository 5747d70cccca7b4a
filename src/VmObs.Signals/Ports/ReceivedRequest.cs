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
}

/// <summary>How a request's body is compressed over HTTP. The numbers are part of the journal's format.</summary>
public enum ContentCoding : byte
{
    /// <summary>Not compressed.</summary>
    Identity = 0,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip = 1,
}

/// <summary>One request as it arrived: all that decoding it depends on, besides the rules in force. This is what the journal keeps.</summary>
/// <param name="Signal">What it carries.</param>
/// <param name="Format">How its body is written.</param>
/// <param name="Coding">How its body is compressed.</param>
/// <param name="ArrivalUnixNanos">When its last byte arrived, Unix ns, UTC.</param>
/// <param name="Body">The bytes of the body; borrowed until the append completes.</param>
public readonly record struct ReceivedRequest(Signal Signal, WireFormat Format, ContentCoding Coding, long ArrivalUnixNanos, ReadOnlyMemory<byte> Body);
