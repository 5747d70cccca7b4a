namespace VmObs.Signals.Wire.Otlp;

/// <summary>The fields of OTLP 1.x that we read: https://github.com/open-telemetry/opentelemetry-proto.</summary>
internal static class OtlpSchema
{
    private static readonly string[] TemporalityNames =
        ["AGGREGATION_TEMPORALITY_UNSPECIFIED", "AGGREGATION_TEMPORALITY_DELTA", "AGGREGATION_TEMPORALITY_CUMULATIVE"];

    public static readonly WireSchema AnyValue = new();
    public static readonly WireSchema KeyValue = new WireSchema().With(
        new(1, "key", WireFieldType.Text),
        One(2, "value", AnyValue));
    public static readonly WireSchema ArrayValue = new WireSchema().With(Many(1, "values", AnyValue));
    public static readonly WireSchema KeyValueList = new WireSchema().With(Many(1, "values", KeyValue));

    public static readonly WireSchema EntityRef = new WireSchema().With(
        new(1, "schema_url", WireFieldType.Text),
        new(2, "type", WireFieldType.Text),
        new(3, "id_keys", WireFieldType.Text) { Repeated = true },
        new(4, "description_keys", WireFieldType.Text) { Repeated = true });
    public static readonly WireSchema Resource = new WireSchema().With(Many(1, "attributes", KeyValue), Many(3, "entity_refs", EntityRef));
    public static readonly WireSchema Scope = new WireSchema().With(
        new(1, "name", WireFieldType.Text),
        new(2, "version", WireFieldType.Text),
        Many(3, "attributes", KeyValue));

    public static readonly WireSchema LogRecord = new WireSchema().With(
        new(1, "time_unix_nano", WireFieldType.Fixed64),
        new(2, "severity_number", WireFieldType.Enum) { EnumNames = SeverityNames() },
        new(3, "severity_text", WireFieldType.Text),
        One(5, "body", AnyValue),
        Many(6, "attributes", KeyValue),
        new(7, "dropped_attributes_count", WireFieldType.UInt32),
        new(8, "flags", WireFieldType.Fixed32),
        new(9, "trace_id", WireFieldType.HexBytes),
        new(10, "span_id", WireFieldType.HexBytes),
        new(11, "observed_time_unix_nano", WireFieldType.Fixed64),
        new(12, "event_name", WireFieldType.Text));
    public static readonly WireSchema ScopeLogs = new WireSchema().With(One(1, "scope", Scope), Many(2, "log_records", LogRecord), SchemaUrl());
    public static readonly WireSchema ResourceLogs = new WireSchema().With(One(1, "resource", Resource), Many(2, "scope_logs", ScopeLogs), SchemaUrl());
    public static readonly WireSchema LogsRequest = new WireSchema().With(Many(1, "resource_logs", ResourceLogs));

    public static readonly WireSchema SpanEvent = new WireSchema().With(
        new(1, "time_unix_nano", WireFieldType.Fixed64),
        new(2, "name", WireFieldType.Text),
        Many(3, "attributes", KeyValue));
    public static readonly WireSchema SpanLink = new WireSchema().With(
        new(1, "trace_id", WireFieldType.HexBytes),
        new(2, "span_id", WireFieldType.HexBytes),
        new(3, "trace_state", WireFieldType.Text),
        Many(4, "attributes", KeyValue));
    public static readonly WireSchema Status = new WireSchema().With(
        new(2, "message", WireFieldType.Text),
        new(3, "code", WireFieldType.Enum) { EnumNames = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"] });
    public static readonly WireSchema Span = new WireSchema().With(
        new(1, "trace_id", WireFieldType.HexBytes),
        new(2, "span_id", WireFieldType.HexBytes),
        new(3, "trace_state", WireFieldType.Text),
        new(4, "parent_span_id", WireFieldType.HexBytes),
        new(5, "name", WireFieldType.Text),
        new(6, "kind", WireFieldType.Enum)
        {
            EnumNames = ["SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER", "SPAN_KIND_CONSUMER"],
        },
        new(7, "start_time_unix_nano", WireFieldType.Fixed64),
        new(8, "end_time_unix_nano", WireFieldType.Fixed64),
        Many(9, "attributes", KeyValue),
        Many(11, "events", SpanEvent),
        Many(13, "links", SpanLink),
        One(15, "status", Status),
        new(16, "flags", WireFieldType.Fixed32));
    public static readonly WireSchema ScopeSpans = new WireSchema().With(One(1, "scope", Scope), Many(2, "spans", Span), SchemaUrl());
    public static readonly WireSchema ResourceSpans = new WireSchema().With(One(1, "resource", Resource), Many(2, "scope_spans", ScopeSpans), SchemaUrl());
    public static readonly WireSchema TraceRequest = new WireSchema().With(Many(1, "resource_spans", ResourceSpans));

    public static readonly WireSchema Exemplar = new WireSchema().With(
        new(2, "time_unix_nano", WireFieldType.Fixed64),
        new(3, "as_double", WireFieldType.Double),
        new(4, "span_id", WireFieldType.HexBytes),
        new(5, "trace_id", WireFieldType.HexBytes),
        new(6, "as_int", WireFieldType.SFixed64),
        Many(7, "filtered_attributes", KeyValue));
    public static readonly WireSchema NumberDataPoint = new WireSchema().With(
        new(3, "time_unix_nano", WireFieldType.Fixed64),
        new(4, "as_double", WireFieldType.Double),
        Many(5, "exemplars", Exemplar),
        new(6, "as_int", WireFieldType.SFixed64),
        Many(7, "attributes", KeyValue),
        new(8, "flags", WireFieldType.UInt32));
    public static readonly WireSchema HistogramDataPoint = new WireSchema().With(
        new(3, "time_unix_nano", WireFieldType.Fixed64),
        new(4, "count", WireFieldType.Fixed64),
        new(5, "sum", WireFieldType.Double),
        new(6, "bucket_counts", WireFieldType.Fixed64) { Repeated = true },
        new(7, "explicit_bounds", WireFieldType.Double) { Repeated = true },
        Many(8, "exemplars", Exemplar),
        Many(9, "attributes", KeyValue),
        new(10, "flags", WireFieldType.UInt32),
        new(11, "min", WireFieldType.Double),
        new(12, "max", WireFieldType.Double));
    public static readonly WireSchema Buckets = new WireSchema().With(
        new(1, "offset", WireFieldType.SInt32),
        new(2, "bucket_counts", WireFieldType.UInt64) { Repeated = true });
    public static readonly WireSchema ExponentialHistogramDataPoint = new WireSchema().With(
        Many(1, "attributes", KeyValue),
        new(3, "time_unix_nano", WireFieldType.Fixed64),
        new(4, "count", WireFieldType.Fixed64),
        new(5, "sum", WireFieldType.Double),
        new(6, "scale", WireFieldType.SInt32),
        new(7, "zero_count", WireFieldType.Fixed64),
        One(8, "positive", Buckets),
        One(9, "negative", Buckets),
        new(10, "flags", WireFieldType.UInt32),
        Many(11, "exemplars", Exemplar),
        new(12, "min", WireFieldType.Double),
        new(13, "max", WireFieldType.Double),
        new(14, "zero_threshold", WireFieldType.Double));
    public static readonly WireSchema ValueAtQuantile = new WireSchema().With(
        new(1, "quantile", WireFieldType.Double),
        new(2, "value", WireFieldType.Double));
    public static readonly WireSchema SummaryDataPoint = new WireSchema().With(
        new(3, "time_unix_nano", WireFieldType.Fixed64),
        new(4, "count", WireFieldType.Fixed64),
        new(5, "sum", WireFieldType.Double),
        Many(6, "quantile_values", ValueAtQuantile),
        Many(7, "attributes", KeyValue),
        new(8, "flags", WireFieldType.UInt32));
    public static readonly WireSchema Gauge = new WireSchema().With(Many(1, "data_points", NumberDataPoint));
    public static readonly WireSchema Sum = new WireSchema().With(
        Many(1, "data_points", NumberDataPoint),
        new(2, "aggregation_temporality", WireFieldType.Enum) { EnumNames = TemporalityNames },
        new(3, "is_monotonic", WireFieldType.Bool));
    public static readonly WireSchema Histogram = new WireSchema().With(
        Many(1, "data_points", HistogramDataPoint),
        new(2, "aggregation_temporality", WireFieldType.Enum) { EnumNames = TemporalityNames });
    public static readonly WireSchema ExponentialHistogram = new WireSchema().With(
        Many(1, "data_points", ExponentialHistogramDataPoint),
        new(2, "aggregation_temporality", WireFieldType.Enum) { EnumNames = TemporalityNames });
    public static readonly WireSchema Summary = new WireSchema().With(Many(1, "data_points", SummaryDataPoint));
    public static readonly WireSchema Metric = new WireSchema().With(
        new(1, "name", WireFieldType.Text),
        new(3, "unit", WireFieldType.Text),
        One(5, "gauge", Gauge),
        One(7, "sum", Sum),
        One(9, "histogram", Histogram),
        One(10, "exponential_histogram", ExponentialHistogram),
        One(11, "summary", Summary));
    public static readonly WireSchema ScopeMetrics = new WireSchema().With(One(1, "scope", Scope), Many(2, "metrics", Metric), SchemaUrl());
    public static readonly WireSchema ResourceMetrics = new WireSchema().With(One(1, "resource", Resource), Many(2, "scope_metrics", ScopeMetrics), SchemaUrl());
    public static readonly WireSchema MetricsRequest = new WireSchema().With(Many(1, "resource_metrics", ResourceMetrics));

    static OtlpSchema() => AnyValue.With(
        new(1, "string_value", WireFieldType.Text),
        new(2, "bool_value", WireFieldType.Bool),
        new(3, "int_value", WireFieldType.Int64),
        new(4, "double_value", WireFieldType.Double),
        One(5, "array_value", ArrayValue),
        One(6, "kvlist_value", KeyValueList),
        new(7, "bytes_value", WireFieldType.Bytes));

    private static WireField One(int number, string name, WireSchema message) => new(number, name, WireFieldType.Message) { Message = message };

    private static WireField Many(int number, string name, WireSchema message) =>
        new(number, name, WireFieldType.Message) { Message = message, Repeated = true };

    private static WireField SchemaUrl() => new(3, "schema_url", WireFieldType.Text);

    private static string[] SeverityNames()
    {
        string[] levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"], steps = ["", "2", "3", "4"];
        return ["SEVERITY_NUMBER_UNSPECIFIED", .. from level in levels from step in steps select "SEVERITY_NUMBER_" + level + step];
    }
}
