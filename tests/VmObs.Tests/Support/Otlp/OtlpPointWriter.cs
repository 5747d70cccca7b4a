namespace VmObs.Tests.Support.Otlp;

/// <summary>Writes data points.</summary>
public sealed class OtlpPointWriter(IOtlpEncoder encoder)
{
    private readonly OtlpFields _fields = new(encoder);

    public void Write(OtlpMetricType type, OtlpPoint point)
    {
        switch (type)
        {
            case OtlpMetricType.Gauge or OtlpMetricType.Sum: Number(point); break;
            case OtlpMetricType.Histogram: Histogram(point); break;
            case OtlpMetricType.ExponentialHistogram: Exponential(point); break;
            default: Summary(point); break;
        }
    }

    private void Number(OtlpPoint point)
    {
        _fields.Number(3, "timeUnixNano", OtlpScalar.Fixed64, point.Time);
        if (point.Value is double d)
            encoder.Scalar(4, "asDouble", OtlpScalar.Double, d);
        Exemplars(5, point);
        if (point.Value is long l)
            encoder.Scalar(6, "asInt", OtlpScalar.SFixed64, l);
        _fields.Attributes(7, point.Attributes);
        _fields.Number(8, "flags", OtlpScalar.UInt32, point.Flags);
    }

    private void Histogram(OtlpPoint point)
    {
        _fields.Number(3, "timeUnixNano", OtlpScalar.Fixed64, point.Time);
        _fields.Number(4, "count", OtlpScalar.Fixed64, point.Count);
        Given(5, "sum", point.Sum);
        if (point.BucketCounts.Count > 0)
            encoder.Repeated(6, "bucketCounts", OtlpScalar.Fixed64, point.BucketCounts);
        if (point.Bounds.Count > 0)
            encoder.Repeated(7, "explicitBounds", OtlpScalar.Double, point.Bounds);
        Exemplars(8, point);
        _fields.Attributes(9, point.Attributes);
        _fields.Number(10, "flags", OtlpScalar.UInt32, point.Flags);
        Given(11, "min", point.Min);
        Given(12, "max", point.Max);
    }

    private void Exponential(OtlpPoint point)
    {
        _fields.Attributes(1, point.Attributes);
        _fields.Number(3, "timeUnixNano", OtlpScalar.Fixed64, point.Time);
        _fields.Number(4, "count", OtlpScalar.Fixed64, point.Count);
        Given(5, "sum", point.Sum);
        _fields.Number(6, "scale", OtlpScalar.SInt32, point.Scale);
        _fields.Number(7, "zeroCount", OtlpScalar.Fixed64, point.ZeroCount);
        Buckets(8, "positive", point.Positive);
        Buckets(9, "negative", point.Negative);
        _fields.Number(10, "flags", OtlpScalar.UInt32, point.Flags);
        Exemplars(11, point);
        Given(12, "min", point.Min);
        Given(13, "max", point.Max);
        _fields.Number(14, "zeroThreshold", OtlpScalar.Double, point.ZeroThreshold);
    }

    private void Summary(OtlpPoint point)
    {
        _fields.Number(3, "timeUnixNano", OtlpScalar.Fixed64, point.Time);
        _fields.Number(4, "count", OtlpScalar.Fixed64, point.Count);
        _fields.Number(5, "sum", OtlpScalar.Double, point.Sum.GetValueOrDefault());
        encoder.Messages(6, "quantileValues", point.Quantiles.Select(pair => (Action)(() =>
        {
            _fields.Number(1, "quantile", OtlpScalar.Double, pair.Quantile);
            _fields.Number(2, "value", OtlpScalar.Double, pair.Value);
        })));
        _fields.Attributes(7, point.Attributes);
        _fields.Number(8, "flags", OtlpScalar.UInt32, point.Flags);
    }

    private void Buckets(int field, string name, OtlpBuckets? buckets)
    {
        if (buckets is null)
            return;
        encoder.Message(field, name, () =>
        {
            _fields.Number(1, "offset", OtlpScalar.SInt32, buckets.Offset);
            encoder.Repeated(2, "bucketCounts", OtlpScalar.UInt64, buckets.Counts);
        });
    }

    private void Exemplars(int field, OtlpPoint point) => encoder.Messages(field, "exemplars", point.Exemplars.Select(exemplar => (Action)(() =>
    {
        _fields.Number(2, "timeUnixNano", OtlpScalar.Fixed64, exemplar.Time);
        if (exemplar.Value is double d)
            encoder.Scalar(3, "asDouble", OtlpScalar.Double, d);
        _fields.Id(4, "spanId", exemplar.SpanId);
        _fields.Id(5, "traceId", exemplar.TraceId);
        if (exemplar.Value is long l)
            encoder.Scalar(6, "asInt", OtlpScalar.SFixed64, l);
        _fields.Attributes(7, exemplar.Attributes, "filteredAttributes");
    })));

    private void Given(int field, string name, double? value)
    {
        if (value is { } given)
            encoder.Scalar(field, name, OtlpScalar.Double, given);
    }
}
