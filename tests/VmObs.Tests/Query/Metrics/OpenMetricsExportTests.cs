using System.Text;
using CsCheck;
using VmObs.Query.Metrics;
using VmObs.Signals;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Tests.Storage.Hours;

namespace VmObs.Tests.Query.Metrics;

public sealed class OpenMetricsExportTests
{
    private const long Second = 1_000_000_000;

    private static readonly SeriesSamples[] s_series =
    [
        Series(MetricKind.Counter, "", [(1, 5), (2.5, 7)], ("__name__", "requests_total"), ("code", "200"), ("path", "a\"b\\c\nd")),
        Series(MetricKind.Counter, "", [(1, 1)], ("__name__", "requests_total"), ("code", "500")),
        Series(MetricKind.Counter, "", [(1, 3)], ("__name__", "errors")),
        Series(MetricKind.Gauge, "celsius", [(1, double.NaN), (2, double.PositiveInfinity), (3, -1.5e-7)], ("__name__", "room_celsius")),
        Series(MetricKind.Gauge, "%", [(1.000000001, 2)], ("__name__", "cpu.percent"), ("host.name", "größe")),
        Series(MetricKind.Histogram, "s", [(1, 1), (2, 2)], ("__name__", "latency_bucket"), ("le", "0.5"), ("job", "a")),
        Series(MetricKind.Histogram, "s", [(1, 3), (2, 4)], ("__name__", "latency_bucket"), ("le", "+Inf"), ("job", "a")),
        Series(MetricKind.Histogram, "s", [(1, 2), (2, 3)], ("__name__", "latency_bucket"), ("le", "10"), ("job", "a")),
        Series(MetricKind.Histogram, "s", [(1, 3), (2, 4)], ("__name__", "latency_count"), ("job", "a")),
        Series(MetricKind.Histogram, "s", [(1, 30), (2, 40)], ("__name__", "latency_sum"), ("job", "a")),
        Series(MetricKind.Histogram, "s", [(2, 9)], ("__name__", "latency_bucket"), ("le", "+Inf"), ("job", "b")),
        Series(MetricKind.Histogram, "s", [(2, 9)], ("__name__", "latency_count"), ("job", "b")),
        Series(MetricKind.Summary, "", [(1, 7)], ("__name__", "size"), ("quantile", "0.99")),
        Series(MetricKind.Summary, "", [(1, 6)], ("__name__", "size"), ("quantile", "0.5")),
        Series(MetricKind.Summary, "", [(1, 2)], ("__name__", "size_count")),
        Series(MetricKind.Info, "", [(1, 1)], ("__name__", "target_info"), ("version", "1")),
        // A gauge and a counter that the format would call by one name.
        Series(MetricKind.Gauge, "", [(1, 1)], ("__name__", "jobs")),
        Series(MetricKind.Counter, "", [(1, 2)], ("__name__", "jobs_total")),
    ];

    [Fact]
    public async Task Families_stand_together_with_their_types_and_histograms_by_time()
    {
        Assert.Equal(
            """
            # TYPE cpu_percent gauge
            cpu_percent{host_name="größe"} 2 1.000000001
            # TYPE errors unknown
            errors 3 1
            # TYPE jobs unknown
            jobs 1 1
            # TYPE jobs_total unknown
            jobs_total 2 1
            # TYPE latency histogram
            latency_bucket{job="a",le="0.5"} 1 1
            latency_bucket{job="a",le="10"} 2 1
            latency_bucket{job="a",le="+Inf"} 3 1
            latency_count{job="a"} 3 1
            latency_sum{job="a"} 30 1
            latency_bucket{job="a",le="0.5"} 2 2
            latency_bucket{job="a",le="10"} 3 2
            latency_bucket{job="a",le="+Inf"} 4 2
            latency_count{job="a"} 4 2
            latency_sum{job="a"} 40 2
            latency_bucket{job="b",le="+Inf"} 9 2
            latency_count{job="b"} 9 2
            # TYPE requests counter
            requests_total{code="200",path="a\"b\\c\nd"} 5 1
            requests_total{code="200",path="a\"b\\c\nd"} 7 2.5
            requests_total{code="500"} 1 1
            # TYPE room_celsius gauge
            # UNIT room_celsius celsius
            room_celsius NaN 1
            room_celsius +Inf 2
            room_celsius -1.5E-07 3
            # TYPE size summary
            size{quantile="0.5"} 6 1
            size{quantile="0.99"} 7 1
            size_count 2 1
            # TYPE target info
            target_info{version="1"} 1 1
            # EOF

            """, await ExportAsync(1_000_000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public async Task What_can_be_held_does_not_change_the_text(int heldSamples) => Assert.Equal(await ExportAsync(1_000_000), await ExportAsync(heldSamples));

    [Fact]
    public async Task What_is_held_is_given_back()
    {
        var budget = new QueryBudget(long.MaxValue, 10_000);
        await ExportAsync(4, budget);
        Assert.Equal(0, budget.BytesHeld);
        Assert.Equal(QueryLimit.BytesHeld, (await Assert.ThrowsAsync<QueryLimitException>(() => ExportAsync(1000, new QueryBudget(long.MaxValue, 100)))).Limit);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-500_000_000, "-0.5")]
    [InlineData(long.MinValue, "-9223372036.854775808")]
    [InlineData(long.MaxValue, "9223372036.854775807")]
    public async Task Times_keep_all_their_digits(long time, string text)
    {
        var series = new SeriesSamples(MetricSeries.Key(("__name__", "a")), MetricKind.Gauge, "", new[] { time }, new[] { 1.0 });
        Assert.Contains($"a 1 {text}\n", await ExportAsync(1, QueryBudget.Unlimited(), series), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-0.0, "-0")]
    [InlineData(9007199254740991, "9007199254740991")]
    [InlineData(-1500000, "-1500000")]
    [InlineData(0.25, "0.25")]
    [InlineData(-1764979200.5, "-1764979200.5")]
    [InlineData(999999999.999999, "999999999.999999")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(1e300, "1E+300")]
    public async Task Values_have_no_more_digits_than_they_need(double value, string text) =>
        Assert.Contains($"a {text} 0\n", await ExportAsync(1, QueryBudget.Unlimited(), Gauge((0, value))), StringComparison.Ordinal);

    [Fact]
    public void Values_read_as_they_were() => Gen.OneOf(
            Gen.Double, Gen.Long.Select(BitConverter.Int64BitsToDouble), Gen.Long.Select(static whole => (double)whole),
            Gen.Select(Gen.Long[-1_000_000_000_000_000, 1_000_000_000_000_000], Gen.Int[0, 9], static (digits, point) => digits / Math.Pow(10, point)))
        .Sample(static value =>
        {
            Span<byte> text = stackalloc byte[OpenMetricsText.MaxNumberBytes];
            text = text[..OpenMetricsText.WriteValue(text, value)];
            var read = Encoding.ASCII.GetString(text) switch
            {
                "+Inf" => double.PositiveInfinity,
                "-Inf" => double.NegativeInfinity,
                var number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture),
            };
            return double.IsNaN(value) ? double.IsNaN(read) : BitConverter.DoubleToInt64Bits(read) == BitConverter.DoubleToInt64Bits(value);
        });

    [Fact]
    public async Task Every_sample_of_long_series_has_its_own_value_and_time()
    {
        // More times than are remembered, and more text than goes out at once; values repeat, and come again.
        var samples = Enumerable.Range(0, 20_000).Select(static i => (UnixNanos: i * Second / 4, Value: (double)(i / 3 % 5))).ToArray();
        var lines = (await ExportAsync(1, QueryBudget.Unlimited(), Gauge(samples))).Split('\n');
        Assert.Equal(samples.Select(static sample => FormattableString.Invariant($"a {sample.Value} {sample.UnixNanos / (decimal)Second:0.##}")), lines[1..^2]);
    }

    [Fact]
    public async Task Text_goes_out_in_pieces_within_a_series()
    {
        using var text = new PooledBuffer();
        var largest = 0;
        await new OpenMetricsExport(new ListedSource([Gauge([.. Enumerable.Range(0, 100_000).Select(static i => (i * Second, i / 7.0))])])).WriteAsync(
            new MetricQuery(long.MinValue, long.MaxValue, []), text, () =>
            {
                largest = Math.Max(largest, text.Length);
                text.Clear();
                return ValueTask.CompletedTask;
            }, TestContext.Current.CancellationToken);
        Assert.InRange(largest, 1, 4 * OpenMetricsOutput.PieceBytes);
    }

    private static SeriesSamples Gauge(params (long UnixNanos, double Value)[] samples) => new(
        MetricSeries.Key(("__name__", "a")), MetricKind.Gauge, "", samples.Select(sample => sample.UnixNanos).ToArray(), samples.Select(sample => sample.Value).ToArray());

    private static Task<string> ExportAsync(int heldSamples, QueryBudget? budget = null) => ExportAsync(heldSamples, budget ?? QueryBudget.Unlimited(), s_series);

    private static async Task<string> ExportAsync(int heldSamples, QueryBudget budget, params SeriesSamples[] series)
    {
        using var text = new PooledBuffer();
        await new OpenMetricsExport(new ListedSource(series), heldSamples).WriteAsync(
            new MetricQuery(long.MinValue, long.MaxValue, []) { Budget = budget }, text, static () => ValueTask.CompletedTask, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private static SeriesSamples Series(MetricKind kind, string unit, (double Seconds, double Value)[] samples, params (string Name, string Value)[] labels) => new(
        MetricSeries.Key(labels), kind, unit, samples.Select(sample => (long)((decimal)sample.Seconds * Second)).ToArray(), samples.Select(sample => sample.Value).ToArray());

    /// <summary>Series that lie in a list.</summary>
    private sealed class ListedSource(SeriesSamples[] series) : IMetricSource
    {
        public async IAsyncEnumerable<SeriesSamples> SelectAsync(MetricQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            foreach (var one in series.Where(one => query.Wants(one.Key.Span)).OrderBy(one => one.Key, Comparer<ReadOnlyMemory<byte>>.Create((a, b) => a.Span.SequenceCompareTo(b.Span))))
                yield return one;
        }

        public async IAsyncEnumerable<SeriesDescription> ListAsync(MetricQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var one in SelectAsync(query, cancellationToken))
                yield return new SeriesDescription(one.Key, one.Kind, one.Unit);
        }

        public IAsyncEnumerable<SeriesOutline> OutlineAsync(MetricQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
