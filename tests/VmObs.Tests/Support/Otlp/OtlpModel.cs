namespace VmObs.Tests.Support.Otlp;

/// <summary>One attribute. Value: string, bool, long, double, byte[], <see cref="OtlpArray"/>, <see cref="OtlpMap"/> or null (not set).</summary>
public sealed record OtlpAttribute(string Key, object? Value);

public sealed record OtlpArray(params object?[] Values);

public sealed record OtlpMap(params OtlpAttribute[] Values);

public sealed record OtlpScope(string Name, string Version = "")
{
    public IReadOnlyList<OtlpAttribute> Attributes { get; init; } = [];
}

/// <summary>Records of one resource and scope; a request is a list of these.</summary>
public sealed record OtlpGroup<T>(IReadOnlyList<OtlpAttribute> Resource, IReadOnlyList<T> Records)
{
    public OtlpScope? Scope { get; init; }

    /// <summary>Of the resource.</summary>
    public string SchemaUrl { get; init; } = "";

    public string ScopeSchemaUrl { get; init; } = "";

    public IReadOnlyList<OtlpEntity> Entities { get; init; } = [];
}

public sealed record OtlpEntity(string Type, IReadOnlyList<string> IdKeys, IReadOnlyList<string> DescriptionKeys, string SchemaUrl = "");

public sealed record OtlpLog
{
    public ulong Time { get; init; }
    public ulong Observed { get; init; }
    public int SeverityNumber { get; init; }
    public string SeverityText { get; init; } = "";
    public object? Body { get; init; }
    public IReadOnlyList<OtlpAttribute> Attributes { get; init; } = [];
    public uint DroppedAttributes { get; init; }
    public uint Flags { get; init; }
    public byte[] TraceId { get; init; } = [];
    public byte[] SpanId { get; init; } = [];
    public string EventName { get; init; } = "";
}

public sealed record OtlpSpanEvent(ulong Time, string Name, IReadOnlyList<OtlpAttribute> Attributes);

public sealed record OtlpSpanLink(byte[] TraceId, byte[] SpanId, string TraceState, IReadOnlyList<OtlpAttribute> Attributes);

public sealed record OtlpSpan
{
    public byte[] TraceId { get; init; } = [];
    public byte[] SpanId { get; init; } = [];
    public byte[] ParentSpanId { get; init; } = [];
    public string TraceState { get; init; } = "";
    public string Name { get; init; } = "";
    public int Kind { get; init; }
    public ulong Start { get; init; }
    public ulong End { get; init; }
    public uint Flags { get; init; }
    public int StatusCode { get; init; }
    public string StatusMessage { get; init; } = "";
    public IReadOnlyList<OtlpAttribute> Attributes { get; init; } = [];
    public IReadOnlyList<OtlpSpanEvent> Events { get; init; } = [];
    public IReadOnlyList<OtlpSpanLink> Links { get; init; } = [];
}

public enum OtlpMetricType
{
    Gauge = 5,
    Sum = 7,
    Histogram = 9,
    ExponentialHistogram = 10,
    Summary = 11,
}

public sealed record OtlpMetric(string Name, OtlpMetricType Type, IReadOnlyList<OtlpPoint> Points)
{
    public string Unit { get; init; } = "";

    /// <summary>0 not said, 1 delta, 2 cumulative.</summary>
    public int Temporality { get; init; } = 2;
    public bool Monotonic { get; init; }
}

/// <summary>A data point. Value: double, long or null; for histograms the other members.</summary>
public sealed record OtlpPoint(ulong Time, object? Value = null)
{
    public IReadOnlyList<OtlpAttribute> Attributes { get; init; } = [];
    public uint Flags { get; init; }
    public ulong Count { get; init; }
    public double? Sum { get; init; }
    public IReadOnlyList<ulong> BucketCounts { get; init; } = [];
    public IReadOnlyList<double> Bounds { get; init; } = [];
    public double? Min { get; init; }
    public double? Max { get; init; }
    public int Scale { get; init; }
    public ulong ZeroCount { get; init; }
    public double ZeroThreshold { get; init; }
    public OtlpBuckets? Positive { get; init; }
    public OtlpBuckets? Negative { get; init; }
    public IReadOnlyList<(double Quantile, double Value)> Quantiles { get; init; } = [];
    public IReadOnlyList<OtlpExemplar> Exemplars { get; init; } = [];
}

public sealed record OtlpBuckets(int Offset, params ulong[] Counts);

/// <summary>Value: double or long.</summary>
public sealed record OtlpExemplar(ulong Time, object Value)
{
    public byte[] TraceId { get; init; } = [];
    public byte[] SpanId { get; init; } = [];
    public IReadOnlyList<OtlpAttribute> Attributes { get; init; } = [];
}
