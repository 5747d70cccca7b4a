using Google.Protobuf;
using Prometheus.Remote;
using Snappier;
using VmObs.Signals;
using VmObs.Signals.Wire;
using VmObs.Signals.Wire.RemoteWrite;

namespace VmObs.Tests.Signals.Wire.RemoteWrite;

/// <summary>What is written, as the classes that are generated from the definitions read it.</summary>
public sealed class WriteRequestBuilderTests
{
    private const long Millis = 1_700_000_000_123;

    private static readonly byte[] s_labels = WriteRequestBuilder.EncodeLabels([new("job", "web"), new("__name__", "latency")]);

    [Fact]
    public void Samples_histograms_and_exemplars_stand_under_their_series()
    {
        using var builder = new WriteRequestBuilder();
        Assert.True(builder.IsEmpty);
        var histogram = new Histogram { CountInt = 3, Sum = 1.5, Schema = 2, PositiveSpans = { new BucketSpan { Offset = -1, Length = 1 } }, PositiveDeltas = { 3 } };
        builder.AddSample(s_labels, Millis, 0.5);
        builder.AddHistogram(s_labels, Millis, histogram.ToByteArray());
        builder.AddExemplar(s_labels, WriteRequestBuilder.EncodeLabels([new("trace_id", "4bf9")]), Millis - 1, 0.25);
        builder.AddFamily("latency"u8, "histogram"u8);
        Assert.False(builder.IsEmpty);
        var request = Decode(builder);
        Label[] labels = [new() { Name = "__name__", Value = "latency" }, new() { Name = "job", Value = "web" }];
        histogram.Timestamp = Millis;
        Assert.Equal(
            [
                new TimeSeries { Labels = { labels }, Samples = { new Sample { Value = 0.5, Timestamp = Millis } } },
                new TimeSeries { Labels = { labels }, Histograms = { histogram } },
                new TimeSeries { Labels = { labels }, Exemplars = { new Exemplar { Labels = { new Label { Name = "trace_id", Value = "4bf9" } }, Value = 0.25, Timestamp = Millis - 1 } } },
            ],
            request.Timeseries);
        Assert.Equal([new MetricMetadata { Type = MetricMetadata.Types.MetricType.Histogram, MetricFamilyName = "latency" }], request.Metadata);
    }

    [Fact]
    public void Series_of_native_histograms_ends_with_one_whose_sum_is_the_marker()
    {
        using var builder = new WriteRequestBuilder();
        builder.AddStaleHistogram(s_labels, Millis);
        var stale = Assert.Single(Assert.Single(Decode(builder).Timeseries).Histograms);
        Assert.Equal(BitConverter.DoubleToUInt64Bits(StaleMarker.Value), BitConverter.DoubleToUInt64Bits(stale.Sum));
        Assert.Equal(Millis, stale.Timestamp);
        builder.Clear();
        Assert.True(builder.IsEmpty);
    }

    private static WriteRequest Decode(WriteRequestBuilder builder)
    {
        using var compressed = new PooledBuffer();
        builder.Compress(compressed);
        return WriteRequest.Parser.ParseFrom(Snappy.DecompressToArray(compressed.WrittenSpan));
    }
}
