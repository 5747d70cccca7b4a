using Google.Protobuf;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;

namespace VmObs.Tests.Signals.Wire.Otlp.Plain;

/// <summary>Random requests of the classes that are generated from OTLP's definitions; one seed gives one request.</summary>
internal sealed class RandomOtlp(int seed)
{
    private static readonly string[] Texts =
    [
        "", "a", "a.b", "a_b", "a-b", "http.method", "2xx", "__x__", "_", "字", "le", "quantile", "service", "node", "job", "otel_scope_a", "name", "service.name",
        "service.namespace", "service.instance.id", "host.name", "os.type", "code.file.path", "code.lineno", "schema_url", "entities", "did:vm:node:brick-01", "x\"y\\z\n\u0001", "ä€𝄞",
    ];

    private readonly Random _random = new(seed);

    public ExportMetricsServiceRequest Metrics()
    {
        var request = new ExportMetricsServiceRequest();
        Repeat(3, () =>
        {
            var resource = new ResourceMetrics { Resource = Resource(), SchemaUrl = Rarely("https://r") };
            Repeat(2, () =>
            {
                var scope = new ScopeMetrics { Scope = Scope(), SchemaUrl = Rarely("https://s") };
                Repeat(4, () => scope.Metrics.Add(Metric()));
                resource.ScopeMetrics.Add(scope);
            });
            request.ResourceMetrics.Add(resource);
        });
        return request;
    }

    public ExportLogsServiceRequest Logs()
    {
        var request = new ExportLogsServiceRequest();
        Repeat(3, () =>
        {
            var resource = new ResourceLogs { Resource = Resource(), SchemaUrl = Rarely("https://r") };
            Repeat(2, () =>
            {
                var scope = new ScopeLogs { Scope = Scope(), SchemaUrl = Rarely("https://s") };
                Repeat(4, () => scope.LogRecords.Add(Log()));
                resource.ScopeLogs.Add(scope);
            });
            request.ResourceLogs.Add(resource);
        });
        return request;
    }

    public ExportTraceServiceRequest Traces()
    {
        var request = new ExportTraceServiceRequest();
        Repeat(3, () =>
        {
            var resource = new ResourceSpans { Resource = Resource(), SchemaUrl = Rarely("https://r") };
            Repeat(2, () =>
            {
                var scope = new ScopeSpans { Scope = Scope(), SchemaUrl = Rarely("https://s") };
                Repeat(4, () => scope.Spans.Add(Span()));
                resource.ScopeSpans.Add(scope);
            });
            request.ResourceSpans.Add(resource);
        });
        return request;
    }

    private Resource? Resource()
    {
        if (OneIn(6))
            return null;
        var resource = new Resource { DroppedAttributesCount = 1 };
        Attributes(resource.Attributes);
        Repeat(OneIn(3) ? 3 : 1, () =>
        {
            var entity = new EntityRef { Type = Text(), SchemaUrl = Rarely("https://e") };
            Repeat(3, () => entity.IdKeys.Add(Text()));
            Repeat(3, () => entity.DescriptionKeys.Add(Text()));
            resource.EntityRefs.Add(entity);
        });
        return resource;
    }

    private InstrumentationScope? Scope()
    {
        if (OneIn(3))
            return null;
        var scope = new InstrumentationScope { Name = Text(), Version = Rarely("1.2") };
        if (OneIn(2))
            Attributes(scope.Attributes);
        return scope;
    }

    private Metric Metric()
    {
        var metric = new Metric { Name = OneIn(3) ? Text() : $"m{_random.Next(9)}.x", Unit = Pick("", "s", "1", "By/s", "{x}"), Description = "not read" };
        var temporality = (AggregationTemporality)(OneIn(10) ? 0 : _random.Next(1, 3));
        switch (_random.Next(6))
        {
            case 0:
                metric.Gauge = new Gauge();
                Repeat(4, () => metric.Gauge.DataPoints.Add(Number()));
                break;
            case 1:
                metric.Sum = new Sum { AggregationTemporality = temporality, IsMonotonic = OneIn(2) };
                Repeat(4, () => metric.Sum.DataPoints.Add(Number()));
                break;
            case 2:
                metric.Histogram = new Histogram { AggregationTemporality = temporality };
                Repeat(3, () => metric.Histogram.DataPoints.Add(HistogramPoint()));
                break;
            case 3:
                metric.ExponentialHistogram = new ExponentialHistogram { AggregationTemporality = temporality };
                Repeat(3, () => metric.ExponentialHistogram.DataPoints.Add(ExponentialPoint()));
                break;
            case 4:
                metric.Summary = new Summary();
                Repeat(3, () => metric.Summary.DataPoints.Add(SummaryPoint()));
                break;
        }
        return metric;
    }

    private NumberDataPoint Number()
    {
        var point = new NumberDataPoint { TimeUnixNano = Time(), StartTimeUnixNano = 5, Flags = Flags() };
        if (OneIn(2))
            point.AsInt = Integer();
        else if (!OneIn(9))
            point.AsDouble = Double();
        Attributes(point.Attributes);
        Exemplars(point.Exemplars);
        return point;
    }

    private HistogramDataPoint HistogramPoint()
    {
        var point = new HistogramDataPoint { TimeUnixNano = Time(), Flags = Flags() };
        double[] bounds = [-2, 0.005, 1, 1e6];
        foreach (var bound in bounds.Take(_random.Next(5)))
            point.ExplicitBounds.Add(bound);
        for (var i = 0; i <= point.ExplicitBounds.Count && (point.ExplicitBounds.Count > 0 || OneIn(2)); i++)
            point.BucketCounts.Add((ulong)_random.Next(3));
        point.Count = point.BucketCounts.Aggregate(0UL, (total, count) => total + count) + (OneIn(9) ? 1u : 0);
        if (OneIn(9))
            point.BucketCounts.Add(0);
        if (OneIn(9) && point.ExplicitBounds.Count == 2)
            point.ExplicitBounds[1] = Pick(-2, double.PositiveInfinity);
        if (OneIn(2))
            point.Sum = Double();
        if (OneIn(2))
            point.Min = Double();
        if (OneIn(2))
            point.Max = Double();
        Attributes(point.Attributes);
        Exemplars(point.Exemplars);
        return point;
    }

    private ExponentialHistogramDataPoint ExponentialPoint()
    {
        var point = new ExponentialHistogramDataPoint
        {
            TimeUnixNano = Time(), Flags = Flags(), Scale = _random.Next(-12, 21), ZeroCount = (ulong)_random.Next(3), ZeroThreshold = Pick(0, 1e-7, 0.5), Positive = Buckets(), Negative = Buckets(),
        };
        point.Count = new[] { point.Positive, point.Negative }.OfType<ExponentialHistogramDataPoint.Types.Buckets>().SelectMany(b => b.BucketCounts)
            .Aggregate(point.ZeroCount, static (total, count) => unchecked(total + count)) + (OneIn(9) ? 1u : 0);
        if (OneIn(2))
            point.Sum = Double();
        if (OneIn(2))
            point.Min = Double();
        if (OneIn(2))
            point.Max = Double();
        Attributes(point.Attributes);
        Exemplars(point.Exemplars);
        return point;
    }

    private ExponentialHistogramDataPoint.Types.Buckets? Buckets()
    {
        if (OneIn(3))
            return null;
        // One field at least: an empty message is as good as none, and is not rendered.
        var buckets = new ExponentialHistogramDataPoint.Types.Buckets { Offset = Pick(-3, 1, int.MaxValue, int.MinValue) };
        Repeat(5, () => buckets.BucketCounts.Add(Pick<ulong>(0, 1, 300, 1UL << 53, ulong.MaxValue)));
        return buckets;
    }

    private SummaryDataPoint SummaryPoint()
    {
        var point = new SummaryDataPoint { TimeUnixNano = Time(), Flags = Flags(), Count = 7, Sum = Double() };
        foreach (var quantile in new[] { 0, 0.5, 0.99, 1 }.Take(_random.Next(5)))
            point.QuantileValues.Add(new SummaryDataPoint.Types.ValueAtQuantile { Quantile = quantile, Value = Double() });
        Attributes(point.Attributes);
        return point;
    }

    private void Exemplars(RepeatedField<Exemplar> into) => Repeat(OneIn(2) ? 4 : 1, () =>
    {
        var exemplar = new Exemplar { TimeUnixNano = Time(), TraceId = Id(16), SpanId = Id(8) };
        if (OneIn(2))
            exemplar.AsInt = _random.Next(-3, 3);
        else
            exemplar.AsDouble = Double();
        Attributes(exemplar.FilteredAttributes);
        into.Add(exemplar);
    });

    private LogRecord Log()
    {
        var log = new LogRecord
        {
            TimeUnixNano = Time(), ObservedTimeUnixNano = OneIn(2) ? Time() : 0, SeverityNumber = (SeverityNumber)_random.Next(-1, 27), SeverityText = Pick("", "INFO", "warn2", "odd"),
            Body = OneIn(4) ? null : Value(2), DroppedAttributesCount = (uint)_random.Next(2), Flags = (uint)_random.Next(3), TraceId = Id(16), SpanId = Id(8), EventName = Rarely("event"),
        };
        Attributes(log.Attributes);
        return log;
    }

    private Span Span()
    {
        var start = Time();
        var span = new Span
        {
            TraceId = Id(16), SpanId = Id(8), ParentSpanId = OneIn(2) ? ByteString.Empty : Id(8), TraceState = Rarely("a=b"), Name = Text(), Kind = (Span.Types.SpanKind)_random.Next(8),
            StartTimeUnixNano = start, EndTimeUnixNano = unchecked(start + (ulong)_random.Next(-1, 1000)), Flags = (uint)_random.Next(3), DroppedEventsCount = 1,
        };
        Attributes(span.Attributes);
        Repeat(3, () =>
        {
            var happened = new Span.Types.Event { TimeUnixNano = Time(), Name = Text() };
            Attributes(happened.Attributes);
            span.Events.Add(happened);
        });
        Repeat(3, () =>
        {
            var link = new Span.Types.Link { TraceId = Id(16), SpanId = Id(8), TraceState = Rarely("c=d") };
            Attributes(link.Attributes);
            span.Links.Add(link);
        });
        if (OneIn(2))
            span.Status = new Status { Code = (Status.Types.StatusCode)_random.Next(4), Message = Text() };
        return span;
    }

    private void Attributes(RepeatedField<KeyValue> into) =>
        Repeat(OneIn(20) ? 30 : 5, () => into.Add(new KeyValue { Key = OneIn(30) ? "" : Texts[_random.Next(1, Texts.Length)], Value = OneIn(9) ? null : Value(2) }));

    private AnyValue Value(int depth)
    {
        switch (_random.Next(depth == 0 ? 6 : 8))
        {
            case 0: return new AnyValue();
            case 1: return new AnyValue { BoolValue = OneIn(2) };
            case 2: return new AnyValue { IntValue = Integer() };
            case 3: return new AnyValue { DoubleValue = Double() };
            case 4: return new AnyValue { BytesValue = Id(3) };
            case 6:
                var array = new ArrayValue();
                Repeat(4, () => array.Values.Add(Value(depth - 1)));
                return new AnyValue { ArrayValue = array };
            case 7:
                var map = new KeyValueList();
                Repeat(4, () => map.Values.Add(new KeyValue { Key = Text(), Value = OneIn(5) ? null : Value(depth - 1) }));
                return new AnyValue { KvlistValue = map };
            default: return new AnyValue { StringValue = Text() };
        }
    }

    private double Double() => PlainValues.Doubles.Keys.ElementAt(_random.Next(PlainValues.Doubles.Count));

    private long Integer() => Pick(0L, -7, 47, (1L << 53) - 1, 1L << 53, long.MinValue);

    private ulong Time() => OneIn(15)
        ? Pick(0UL, 1UL << 63, (ulong)Wiring.Arrival + 600_000_000_001)
        : (ulong)Wiring.Arrival + (ulong)_random.Next(-5, 5) * 1_000;

    private uint Flags() => OneIn(9) ? 1u : 0;

    private ByteString Id(int length)
    {
        var bytes = new byte[OneIn(12) ? _random.Next(20) : length];
        if (!OneIn(12))
            _random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private string Text() => Texts[_random.Next(Texts.Length)];

    private string Rarely(string text) => OneIn(3) ? text : "";

    private T Pick<T>(params T[] values) => values[_random.Next(values.Length)];

    private bool OneIn(int n) => _random.Next(n) == 0;

    private void Repeat(int below, Action action)
    {
        for (var n = _random.Next(below); n > 0; n--)
            action();
    }
}
