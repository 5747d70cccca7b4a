namespace VmObs.Signals;

/// <summary>Why one record of an otherwise good request was not taken. Each is counted by name; names are stable.</summary>
public enum RefusalReason : byte
{
    /// <summary>The record lies more than the permitted time ahead of its arrival.</summary>
    TooFarAhead = 1,

    /// <summary>A span without a start time, or a sample without a time.</summary>
    MissingTimestamp,

    /// <summary>A time outside what Unix nanoseconds in a signed 64-bit number can say.</summary>
    InvalidTimestamp,

    /// <summary>A span that ends before it starts.</summary>
    EndBeforeStart,

    /// <summary>A trace id that is not 16 bytes or is all zero.</summary>
    InvalidTraceId,

    /// <summary>A span id that is not 8 bytes or is all zero.</summary>
    InvalidSpanId,

    /// <summary>A metric without a name, or with a name over the limit.</summary>
    InvalidMetricName,

    /// <summary>A label name that is empty or over the limit, or too many labels.</summary>
    InvalidLabels,

    /// <summary>Bucket counts that do not fit their bounds, or bounds that do not rise.</summary>
    InvalidHistogram,

    /// <summary>A kind of data point that is not taken.</summary>
    UnsupportedType,

    /// <summary>A temporality that is not taken.</summary>
    UnsupportedTemporality,

    /// <summary>A single record over the size limit.</summary>
    TooLarge,

    /// <summary>A line or item that is not the document it should be; the others of the request are taken.</summary>
    MalformedRecord,
}

/// <summary>The stable names under which refusals are counted.</summary>
public static class RefusalReasons
{
    /// <summary>The reason's name in metrics, messages and receipts: "too_far_ahead".</summary>
    public static string Name(this RefusalReason reason) => reason switch
    {
        RefusalReason.TooFarAhead => "too_far_ahead",
        RefusalReason.MissingTimestamp => "missing_timestamp",
        RefusalReason.InvalidTimestamp => "invalid_timestamp",
        RefusalReason.EndBeforeStart => "end_before_start",
        RefusalReason.InvalidTraceId => "invalid_trace_id",
        RefusalReason.InvalidSpanId => "invalid_span_id",
        RefusalReason.InvalidMetricName => "invalid_metric_name",
        RefusalReason.InvalidLabels => "invalid_labels",
        RefusalReason.InvalidHistogram => "invalid_histogram",
        RefusalReason.UnsupportedType => "unsupported_type",
        RefusalReason.UnsupportedTemporality => "unsupported_temporality",
        RefusalReason.TooLarge => "too_large",
        RefusalReason.MalformedRecord => "malformed_record",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "BUG: a refusal reason without a name"),
    };
}
