using System.Text.Json;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

/// <summary>Exemplars are the detail of the sample that they belong to.</summary>
public sealed class OtlpExemplarTests
{
    private const ulong Now = Wiring.Arrival;
    private static readonly byte[] TraceId = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
    private static readonly byte[] SpanId = [.. Enumerable.Range(1, 8).Select(i => (byte)i)];

    [Fact]
    public void A_sum_s_exemplars_have_time_value_ids_and_labels()
    {
        var full = new OtlpExemplar(Now - 1_000, 3L) { TraceId = TraceId, SpanId = SpanId, Attributes = [new("user.id", 7L), new("x", "old"), new("x", "\"n\""), new("list", new OtlpArray(1L))] };
        var bare = new OtlpExemplar(0, double.NaN) { TraceId = new byte[16], SpanId = [1] };
        Assert.Equal(
            """
            {__name__="calls",node="unknown",service="s"} Counter  1765031415123000000 7 {"exemplars":[{"timestamp":"2025-12-06T14:30:15.122999Z","value":3,"trace_id":"0102030405060708090a0b0c0d0e0f10","span_id":"0102030405060708","labels":{"user.id":"7","x":"\"n\"","list":"[1]"}},{"timestamp":"2025-12-06T14:30:15.123Z","value":"NaN"}]}

            """,
            Decode(new OtlpMetric("calls", OtlpMetricType.Sum, [new(Now, 7L) { Exemplars = [full, bare] }]) { Monotonic = true }));
    }

    [Fact]
    public void A_histogram_s_exemplars_lie_with_the_buckets_that_they_fall_into()
    {
        double[] values = [7, 1, 0.5, double.NaN, 5, -3, 1.5];
        var point = new OtlpPoint(Now)
        {
            Count = 6, BucketCounts = [1, 2, 0, 3], Bounds = [1, 2, 5], Min = -3,
            Exemplars = [.. values.Select(value => new OtlpExemplar(Now, value))],
        };
        var lines = Decode(new OtlpMetric("latency", OtlpMetricType.Histogram, [point])).TrimEnd('\n').Split('\n');
        Assert.Equal(["1 0.5 -3", "1.5", "5", "7 NaN", ""], lines.Select(line => string.Join(' ', ValuesOf(line))));
    }

    [Fact]
    public void Exemplars_beyond_64_KiB_are_left_out_from_the_end()
    {
        var exemplars = Enumerable.Range(0, 100).Select(i => new OtlpExemplar(Now, (long)i) { Attributes = [new("k", new string('x', 1000))] }).ToArray();
        var line = Decode(new OtlpMetric("g", OtlpMetricType.Gauge, [new(Now, 1L) { Exemplars = exemplars }])).TrimEnd('\n');
        var kept = ValuesOf(line).Count();
        Assert.Equal(Enumerable.Range(0, kept).Select(i => $"{i}"), ValuesOf(line));
        Assert.InRange(Detail(line).Length, 64 * 1024 - 1100, 64 * 1024);
        OtlpExemplar[] larger = [new(Now, 1L) { Attributes = [new("k", new string('x', 70_000))] }, new(Now, 2L)];
        Assert.Equal(["2"], ValuesOf(Decode(new OtlpMetric("g", OtlpMetricType.Gauge, [new(Now, 1L) { Exemplars = larger[1..] }]))));
        Assert.Empty(ValuesOf(Decode(new OtlpMetric("g", OtlpMetricType.Gauge, [new(Now, 1L) { Exemplars = larger }]))));
    }

    private static IEnumerable<string> ValuesOf(string line)
    {
        if (Detail(line).Length == 0)
            return [];
        using var detail = JsonDocument.Parse(Detail(line));
        return detail.RootElement.TryGetProperty("exemplars", out var exemplars) ? [.. exemplars.EnumerateArray().Select(exemplar => exemplar.GetProperty("value").ToString())] : [];
    }

    private static string Detail(string line) => line.IndexOf(" {\"", StringComparison.Ordinal) is > 0 and var at ? line[(at + 1)..] : "";

    private static string Decode(OtlpMetric metric) =>
        Wiring.Metrics(OtlpWriter.Protobuf(writer => writer.Metrics(new OtlpGroup<OtlpMetric>([new("service.name", "s")], [metric]))));
}
