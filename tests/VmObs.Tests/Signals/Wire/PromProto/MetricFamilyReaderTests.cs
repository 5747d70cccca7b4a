using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Prometheus.Client;
using VmObs.Signals;
using VmObs.Signals.Wire;
using VmObs.Signals.Wire.PromProto;

namespace VmObs.Tests.Signals.Wire.PromProto;

/// <summary>Bodies written by the classes that are generated from the definitions.</summary>
public sealed class MetricFamilyReaderTests
{
    private static readonly double[] s_bounds = [-1, 0, 0.0001, 0.00005, 0.25, 1, 2.5, 100_000, 1_000_000, 1.5e7, 1e300, double.PositiveInfinity];
    private static readonly string[] s_texts = ["", "a", "größe", "say \"x\\y\"\nz", "}", ",{"];

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Families_read_as_the_generated_classes_say(bool takesNative, bool takesClassicBeside)
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var families = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Family(random)).ToList();
            var (lines, _, error) = Read(Body(families), takesNative, takesClassicBeside);
            Assert.True(error is null, $"seed {seed}: {error}");
            Assert.True(PlainFamilies.Lines(families, takesNative, takesClassicBeside).SequenceEqual(lines), $"seed {seed}:\n{string.Join('\n', lines)}\nwant\n{string.Join('\n', PlainFamilies.Lines(families, takesNative, takesClassicBeside))}");
        }
    }

    [Fact]
    public void Native_histogram_becomes_that_of_remote_write()
    {
        var histogram = new Histogram { SampleCount = 7, SampleSum = -1.5, Schema = 3, ZeroThreshold = 1e-128, ZeroCount = 2, StartTimestamp = new Timestamp { Seconds = 1 } };
        histogram.PositiveSpan.Add([new BucketSpan { Offset = -2, Length = 2 }, new BucketSpan { Offset = 5, Length = 1 }]);
        histogram.PositiveDelta.Add([1, 1, -1]);
        histogram.NegativeSpan.Add(new BucketSpan { Offset = 3, Length = 1 });
        histogram.NegativeDelta.Add(1);
        var got = Assert.Single(Read(Body([Family(MetricType.GaugeHistogram, histogram)]), true, false).Histograms);
        var want = new global::Prometheus.Remote.Histogram
        {
            CountInt = 7, Sum = -1.5, Schema = 3, ZeroThreshold = 1e-128, ZeroCountInt = 2, ResetHint = global::Prometheus.Remote.Histogram.Types.ResetHint.Gauge,
            PositiveSpans = { new global::Prometheus.Remote.BucketSpan { Offset = -2, Length = 2 }, new global::Prometheus.Remote.BucketSpan { Offset = 5, Length = 1 } },
            PositiveDeltas = { 1, 1, -1 },
            NegativeSpans = { new global::Prometheus.Remote.BucketSpan { Offset = 3, Length = 1 } },
            NegativeDeltas = { 1 },
        };
        Assert.Equal(want, got);
    }

    [Fact]
    public void Float_histogram_keeps_its_float_counts()
    {
        var histogram = new Histogram { SampleCount = 3, SampleCountFloat = 2.5, ZeroCountFloat = 0.5, SampleSum = 4 };
        histogram.PositiveSpan.Add(new BucketSpan { Length = 2 });
        histogram.PositiveCount.Add([1.5, 0.5]);
        var got = Assert.Single(Read(Body([Family(MetricType.Histogram, histogram)]), true, false).Histograms);
        Assert.Equal(global::Prometheus.Remote.Histogram.CountOneofCase.CountFloat, got.CountCase);
        Assert.Equal((2.5, 0.5, 4.0), (got.CountFloat, got.ZeroCountFloat, got.Sum));
        Assert.Equal([1.5, 0.5], got.PositiveCounts);
    }

    // client_model's own definitions are proto2: what it writes is not packed.
    [Fact]
    public void Deltas_one_by_one_are_read_as_packed_ones_are()
    {
        var head = new Histogram { SampleCount = 3, PositiveSpan = { new BucketSpan { Length = 2 } } }.ToByteArray();
        // Field 13, deltas 1 and 1 in zigzag form.
        byte[] histogram = [.. head, 13 << 3, 2, 13 << 3, 2];
        byte[] metric = [7 << 3 | 2, (byte)histogram.Length, .. histogram];
        byte[] family = [1 << 3 | 2, 1, (byte)'h', 3 << 3, 4, 4 << 3 | 2, (byte)metric.Length, .. metric];
        Assert.Equal([1, 1], Assert.Single(Read([(byte)family.Length, .. family], true, false).Histograms).PositiveDeltas);
    }

    [Fact]
    public void Histogram_without_observations_is_native_when_it_says_so()
    {
        var histogram = new Histogram { PositiveSpan = { new BucketSpan() } };
        Assert.Equal(["# TYPE h histogram", "{\"h\"} native"], Read(Body([Family(MetricType.Histogram, histogram)]), true, false).Lines);
    }

    [Theory]
    [InlineData(new byte[] { 5, 1 }, "metric family 0: at byte 0 expected a length of at most 1")]
    [InlineData(new byte[] { 0, 3, 10, 9, 1 }, "metric family 1: at byte")]
    [InlineData(new byte[] { 2, 8, 1 }, "expected field 1 in its own wire type")]
    [InlineData(new byte[] { 4, 34, 2, 10, 5 }, "metric family 0: at byte")]
    public void Body_that_is_none_says_where(byte[] body, string expected)
    {
        var error = Read(body, true, true).Error;
        Assert.Contains(expected, error!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Body_cut_anywhere_but_between_families_is_refused()
    {
        var random = new Random(7);
        var body = Body([Family(random)]);
        for (var length = 1; length < body.Length; length++)
            Assert.NotNull(Read(body[..length], true, true).Error);
    }

    private static (List<string> Lines, List<global::Prometheus.Remote.Histogram> Histograms, WireError? Error) Read(byte[] body, bool takesNative, bool takesClassicBeside)
    {
        using var reader = new MetricFamilyReader(takesNative, takesClassicBeside);
        var lines = new FamilyLines();
        var error = reader.Read(body, lines);
        return (lines.Lines, lines.Histograms, error);
    }

    private static byte[] Body(IEnumerable<MetricFamily> families)
    {
        using var stream = new MemoryStream();
        foreach (var family in families)
            family.WriteDelimitedTo(stream);
        return stream.ToArray();
    }

    private static MetricFamily Family(MetricType type, Histogram histogram) => new() { Name = "h", Type = type, Metric = { new Metric { Histogram = histogram } } };

    private static MetricFamily Family(Random random)
    {
        var type = (MetricType)random.Next(6);
        var family = new MetricFamily { Name = $"m{random.Next(3)}", Help = "Helps.", Type = type, Unit = "s" };
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var metric = new Metric { TimestampMs = random.Next(2) * 1_700_000_000_123 };
            for (var label = random.Next(3); label > 0; label--)
                metric.Label.Add(new LabelPair { Name = $"l{label}", Value = s_texts[random.Next(s_texts.Length)] });
            Fill(metric, type, random);
            family.Metric.Add(metric);
        }
        return family;
    }

    private static void Fill(Metric metric, MetricType type, Random random)
    {
        switch (type)
        {
            case MetricType.Counter: metric.Counter = new Counter { Value = random.Next(9), Exemplar = Exemplar(random), StartTimestamp = new Timestamp { Seconds = 5 } }; break;
            case MetricType.Gauge: metric.Gauge = new Gauge { Value = random.NextDouble() - 0.5 }; break;
            case MetricType.Untyped: metric.Untyped = new Untyped { Value = double.NaN }; break;
            case MetricType.Summary: metric.Summary = new Summary { SampleCount = 3, SampleSum = 1.5, Quantile = { new Quantile { Quantile_ = 0.5, Value = 1 }, new Quantile { Quantile_ = 1, Value = double.NaN } } }; break;
            default: metric.Histogram = Histogram(random); break;
        }
    }

    private static Histogram Histogram(Random random)
    {
        var histogram = new Histogram { SampleCount = (ulong)random.Next(9), SampleSum = random.NextDouble(), SampleCountFloat = random.Next(3) == 0 ? 2.5 : 0 };
        foreach (var bound in s_bounds.Where(bound => bound >= 0 && random.Next(2) == 0))
            histogram.Bucket.Add(new Bucket { UpperBound = bound, CumulativeCount = (ulong)random.Next(5), CumulativeCountFloat = random.Next(3) == 0 ? 1.5 : 0, Exemplar = Exemplar(random) });
        if (random.Next(2) == 0)
            histogram.PositiveSpan.Add(new BucketSpan { Offset = random.Next(-3, 3), Length = 1 });
        for (var i = random.Next(3); i > 0; i--)
            histogram.Exemplars.Add(Exemplar(random) ?? new Exemplar());
        return histogram;
    }

    private static Exemplar? Exemplar(Random random) => random.Next(3) switch
    {
        0 => null,
        1 => new Exemplar { Value = random.NextDouble(), Label = { new LabelPair { Name = "trace_id", Value = "4bf9" }, new LabelPair { Name = "größe", Value = "ü" } } },
        _ => new Exemplar { Value = 1, Timestamp = new Timestamp { Seconds = 1_700_000_000, Nanos = 5_999_999 } },
    };
}
