using VmObs.Signals.Wire;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

public sealed class OtlpMetricReaderTests
{
    private const ulong Now = Wiring.Arrival;
    private static readonly OtlpAttribute[] Guardian = [new("service.name", "guardian"), new("host.name", "brick-01")];

    [Fact]
    public void Gauges_and_sums_become_samples_with_service_and_node()
    {
        var text = Decode(
            new OtlpMetric("cpu.percent", OtlpMetricType.Gauge, [new(Now, 23.5) { Attributes = [new("core", 0L), new("service", "lies"), new("hot", true)] }]) { Unit = "%" },
            new OtlpMetric("requests", OtlpMetricType.Sum, [new(Now, 7L)]) { Monotonic = true },
            new OtlpMetric("queue", OtlpMetricType.Sum, [new(Now, -1L) { Attributes = [new("ratio", 0.1), new("list", new OtlpArray(1L, "a")), new("none", null)] }]),
            new OtlpMetric("gone", OtlpMetricType.Gauge, [new(Now) { Flags = 1 }]));
        Assert.Equal(
            """
            {__name__="cpu.percent",core="0",hot="true",node="brick-01",service="guardian"} Gauge % 1765031415123000000 23.5
            {__name__="requests",node="brick-01",service="guardian"} Counter  1765031415123000000 7
            {__name__="queue",list="[1,"a"]",node="brick-01",ratio="0.1",service="guardian"} UpDownCounter  1765031415123000000 -1
            {__name__="gone",node="brick-01",service="guardian"} Gauge  1765031415123000000 NaN:7ff0000000000002

            """,
            text);
    }

    [Fact]
    public void Histogram_becomes_cumulative_buckets_count_and_sum() =>
        Assert.Equal(
            """
            {__name__="latency_bucket",le="0.005",node="brick-01",service="guardian"} Histogram s 1765031415123000000 1
            {__name__="latency_bucket",le="1",node="brick-01",service="guardian"} Histogram s 1765031415123000000 3
            {__name__="latency_bucket",le="1000000",node="brick-01",service="guardian"} Histogram s 1765031415123000000 3
            {__name__="latency_bucket",le="+Inf",node="brick-01",service="guardian"} Histogram s 1765031415123000000 7
            {__name__="latency_count",node="brick-01",service="guardian"} Histogram s 1765031415123000000 7
            {__name__="latency_sum",node="brick-01",service="guardian"} Histogram s 1765031415123000000 12.5

            """,
            Decode(new OtlpMetric("latency", OtlpMetricType.Histogram, [new(Now) { Count = 7, Sum = 12.5, BucketCounts = [1, 2, 0, 4], Bounds = [0.005, 1, 1e6] }]) { Unit = "s" }));

    [Fact]
    public void Points_of_one_histogram_know_nothing_of_one_another()
    {
        var first = new OtlpPoint(Now) { Count = 3, Sum = 1, BucketCounts = [1, 2], Bounds = [1], Attributes = [new("a", "b")] };
        var second = new OtlpPoint(Now) { Count = 5, BucketCounts = [4, 1], Bounds = [2] };
        var metric = new OtlpMetric("latency", OtlpMetricType.Histogram, [first]);
        Assert.Equal(Decode(metric) + Decode(metric with { Points = [second] }), Decode(metric with { Points = [first, second] }));
    }

    [Fact]
    public void Histogram_without_buckets_or_sum_has_the_infinite_bucket_and_the_count() =>
        Assert.Equal(
            """
            {__name__="latency_bucket",le="+Inf",node="brick-01",service="guardian"} Histogram  1765031415123000000 7
            {__name__="latency_count",node="brick-01",service="guardian"} Histogram  1765031415123000000 7

            """,
            Decode(new OtlpMetric("latency", OtlpMetricType.Histogram, [new(Now) { Count = 7 }])));

    [Fact]
    public void Delta_temporality_is_a_kind_of_its_own()
    {
        var text = Decode(
            new OtlpMetric("calls", OtlpMetricType.Sum, [new(Now, 7L)]) { Monotonic = true, Temporality = 1 },
            new OtlpMetric("balance", OtlpMetricType.Sum, [new(Now, -7L)]) { Temporality = 1 },
            new OtlpMetric("latency", OtlpMetricType.Histogram, [new(Now) { Count = 1, Sum = 2 }]) { Temporality = 1 });
        Assert.Equal(
            """
            {__name__="calls",node="brick-01",service="guardian"} DeltaCounter  1765031415123000000 7
            {__name__="balance",node="brick-01",service="guardian"} DeltaCounter  1765031415123000000 -7
            {__name__="latency_bucket",le="+Inf",node="brick-01",service="guardian"} DeltaHistogram  1765031415123000000 1
            {__name__="latency_count",node="brick-01",service="guardian"} DeltaHistogram  1765031415123000000 1
            {__name__="latency_sum",node="brick-01",service="guardian"} DeltaHistogram  1765031415123000000 2

            """,
            text);
    }

    [Fact]
    public void Summary_becomes_quantiles_sum_and_count() =>
        Assert.Equal(
            """
            {__name__="latency",node="brick-01",quantile="0.5",service="guardian"} Summary s 1765031415123000000 0.1
            {__name__="latency",node="brick-01",quantile="0.999",service="guardian"} Summary s 1765031415123000000 NaN:fff8000000000000
            {__name__="latency_sum",node="brick-01",service="guardian"} Summary s 1765031415123000000 12.5
            {__name__="latency_count",node="brick-01",service="guardian"} Summary s 1765031415123000000 7

            """,
            Decode(new OtlpMetric("latency", OtlpMetricType.Summary, [new(Now) { Count = 7, Sum = 12.5, Quantiles = [(0.5, 0.1), (0.999, double.NaN)] }]) { Unit = "s" }));

    [Fact]
    public void Exponential_histogram_is_its_count_with_the_histogram_as_detail()
    {
        var point = new OtlpPoint(Now)
        {
            Count = 10, Sum = 1.5, Scale = 3, ZeroCount = 1, ZeroThreshold = 1e-9, Min = -4, Max = 9.5, Positive = new(-2, 1, 0, 3), Negative = new(0, 5),
            Exemplars = [new(0, 2.5)],
        };
        OtlpMetric Metric(OtlpPoint point, int temporality = 2) => new("latency", OtlpMetricType.ExponentialHistogram, [point]) { Temporality = temporality };
        Assert.Equal(
            """
            {__name__="latency",node="brick-01",service="guardian"} ExponentialHistogram  1765031415123000000 10 {"histogram":{"scale":3,"count":10,"sum":1.5,"zero_count":1,"zero_threshold":1e-9,"min":-4,"max":9.5,"positive":{"offset":-2,"counts":[1,0,3]},"negative":{"offset":0,"counts":[5]}},"exemplars":[{"timestamp":"2025-12-06T14:30:15.123Z","value":2.5}]}
            {__name__="latency",node="brick-01",service="guardian"} DeltaExponentialHistogram  1765031415123000000 0 {"histogram":{"scale":-1,"count":0,"zero_count":0,"zero_threshold":0}}
            {__name__="latency",node="brick-01",service="guardian"} ExponentialHistogram  1765031415123000000 NaN:7ff0000000000002
            {__name__="latency",node="brick-01",service="guardian"} ExponentialHistogram  1765031415123000000 1.8446744073709552E+19 {"histogram":{"scale":0,"count":"18446744073709551615","zero_count":0,"zero_threshold":0,"positive":{"offset":2147483647,"counts":["18446744073709551615"]}}}

            """,
            Decode(
                Metric(point),
                Metric(new(Now) { Scale = -1 }, temporality: 1),
                Metric(point with { Flags = 1 }),
                Metric(new(Now) { Count = ulong.MaxValue, Positive = new(int.MaxValue, ulong.MaxValue) })));
    }

    [Fact]
    public void Histogram_s_extremes_are_the_detail_of_its_count() =>
        Assert.Equal(
            """
            {__name__="latency_bucket",le="+Inf",node="brick-01",service="guardian"} Histogram  1765031415123000000 7
            {__name__="latency_count",node="brick-01",service="guardian"} Histogram  1765031415123000000 7 {"histogram":{"min":-1,"max":"+Inf"}}
            {__name__="latency_bucket",le="+Inf",node="brick-01",service="guardian"} Histogram  1765031415123000000 1
            {__name__="latency_count",node="brick-01",service="guardian"} Histogram  1765031415123000000 1 {"histogram":{"max":2}}

            """,
            Decode(new OtlpMetric("latency", OtlpMetricType.Histogram, [new(Now) { Count = 7, Min = -1, Max = double.PositiveInfinity }, new(Now) { Count = 1, Max = 2 }])));

    [Fact]
    public void Points_that_are_not_taken_are_counted_each_and_the_first_is_named()
    {
        OtlpPoint[] two = [new(Now, 1L), new(Now, 2L)];
        var text = Decode(
            new IngestRules { MaxLabels = 4, MaxLabelBytes = 20 },
            new OtlpMetric("unsaid", OtlpMetricType.Sum, two) { Temporality = 0 },
            new OtlpMetric("future", OtlpMetricType.Histogram, two) { Temporality = 3 },
            new OtlpMetric("neither", OtlpMetricType.ExponentialHistogram, two) { Temporality = 0 },
            new OtlpMetric("wrong", OtlpMetricType.ExponentialHistogram, [new(Now) { Count = 5, ZeroCount = 1, Positive = new(0, 1, 2) }]),
            new OtlpMetric("huge", OtlpMetricType.ExponentialHistogram, [new(Now) { Count = 33_000, Positive = new(0, [.. Enumerable.Repeat(1UL, 33_000)]) }]),
            new OtlpMetric("many", OtlpMetricType.Summary, [new(Now) { Quantiles = [.. Enumerable.Range(0, 4097).Select(i => (i / 5000.0, 1.0))] }]),
            new OtlpMetric("", OtlpMetricType.Gauge, two),
            new OtlpMetric(new string('n', 21), OtlpMetricType.Gauge, two),
            new OtlpMetric("timeless", OtlpMetricType.Gauge, [new(0, 1L)]),
            new OtlpMetric("far", OtlpMetricType.Gauge, [new(Now + 600_000_000_001, 1L)]),
            new OtlpMetric("never", OtlpMetricType.Gauge, [new(1UL << 63, 1L)]),
            new OtlpMetric("wide", OtlpMetricType.Gauge, [new(Now, 1L) { Attributes = [new("a", 1L), new("b", 1L), new("c", 1L)] }]),
            new OtlpMetric("long", OtlpMetricType.Gauge, [new(Now, 1L) { Attributes = [new("a", new string('x', 21))] }]),
            new OtlpMetric("nameless", OtlpMetricType.Gauge, [new(Now, 1L) { Attributes = [new("", "x")] }]),
            new OtlpMetric("short", OtlpMetricType.Histogram, [new(Now) { Count = 1, BucketCounts = [1], Bounds = [1] }]),
            new OtlpMetric("falling", OtlpMetricType.Histogram, [new(Now) { Count = 1, BucketCounts = [1, 0, 0], Bounds = [2, 2] }]),
            new OtlpMetric("endless", OtlpMetricType.Histogram, [new(Now) { Count = 1, BucketCounts = [1, 0], Bounds = [double.PositiveInfinity] }]),
            new OtlpMetric("unequal", OtlpMetricType.Histogram, [new(Now) { Count = 5, BucketCounts = [1, 0], Bounds = [1] }]),
            new OtlpMetric("kept", OtlpMetricType.Gauge, [new(Now, 1L)]));
        Assert.StartsWith("{__name__=\"kept\"", text);
        Assert.EndsWith(
            "refused too_far_ahead=1 missing_timestamp=1 invalid_timestamp=1 invalid_metric_name=4 invalid_labels=3 invalid_histogram=5 unsupported_temporality=6 too_large=2: " +
            "metric \"unsaid\" of \"guardian\": got no temporality, want delta or cumulative\n",
            text);
    }

    private static string Decode(params OtlpMetric[] metrics) => Decode(new IngestRules(), metrics);

    private static string Decode(IngestRules rules, params OtlpMetric[] metrics) =>
        Wiring.Metrics(OtlpWriter.Protobuf(writer => writer.Metrics(new OtlpGroup<OtlpMetric>(Guardian, metrics))), rules: rules);
}
