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
    public void Points_that_are_not_taken_are_counted_each_and_the_first_is_named()
    {
        OtlpPoint[] two = [new(Now, 1L), new(Now, 2L)];
        var text = Decode(
            new IngestRules { MaxLabels = 4, MaxLabelBytes = 20 },
            new OtlpMetric("delta", OtlpMetricType.Sum, two) { Temporality = 1 },
            new OtlpMetric("unsaid", OtlpMetricType.Sum, two) { Temporality = 0 },
            new OtlpMetric("deltas", OtlpMetricType.Histogram, two) { Temporality = 1 },
            new OtlpMetric("exponential", OtlpMetricType.ExponentialHistogram, two),
            new OtlpMetric("summary", OtlpMetricType.Summary, two),
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
            "refused too_far_ahead=1 missing_timestamp=1 invalid_timestamp=1 invalid_metric_name=4 invalid_labels=3 invalid_histogram=4 unsupported_type=4 unsupported_temporality=6: " +
            "metric \"delta\" of \"guardian\": got delta temporality, want cumulative\n",
            text);
    }

    private static string Decode(params OtlpMetric[] metrics) => Decode(new IngestRules(), metrics);

    private static string Decode(IngestRules rules, params OtlpMetric[] metrics) =>
        Wiring.Metrics(OtlpWriter.Protobuf(writer => writer.Metrics(new OtlpGroup<OtlpMetric>(Guardian, metrics))), rules: rules);
}
