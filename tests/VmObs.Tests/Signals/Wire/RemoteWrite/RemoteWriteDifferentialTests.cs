using CsCheck;
using Google.Protobuf;
using Prometheus.Remote;
using Snappier;
using VmObs.Tests.Signals.Wire.Plain;
using WireFormat = VmObs.Signals.Ports.WireFormat;

namespace VmObs.Tests.Signals.Wire.RemoteWrite;

/// <summary>What our readers make of a request is what a plain mapping makes of the classes generated from remote_write's definitions, however
/// the request is encoded.</summary>
public sealed class RemoteWriteDifferentialTests
{
    [Fact]
    public void Version_1() => Gen.Int.Sample(static seed =>
    {
        var request = new RandomRemoteWrite(seed).Next();
        var expected = PlainRemoteWrite.Map(request);
        Assert.Equal(expected, Read(request.ToByteArray(), WireFormat.RemoteWrite1));
        Assert.Equal(expected, Read(OtherEncoding.Of(request, seed), WireFormat.RemoteWrite1));
    }, iter: 4000);

    [Fact]
    public void Version_2() => Gen.Int.Sample(static seed =>
    {
        var request = new RandomRemoteWrite(seed).Next();
        var expected = PlainRemoteWrite.Map(request);
        var second = SecondVersion.Of(request);
        Assert.Equal(expected, Read(second.ToByteArray(), WireFormat.RemoteWrite2));
        Assert.Equal(expected, Read(OtherEncoding.Of(second, seed), WireFormat.RemoteWrite2));
    }, iter: 4000);

    [Fact]
    public void A_short_histogram_that_stands_for_many_buckets_is_refused_before_it_is_written_out()
    {
        var histogram = new Histogram { CountInt = 2, ZeroCountInt = 0, Timestamp = 1 };
        histogram.PositiveSpans.AddRange([new BucketSpan { Length = 1 }, new BucketSpan { Offset = int.MaxValue, Length = 1 }]);
        histogram.PositiveDeltas.AddRange([1, 0]);
        Assert.Equal(
            "refused invalid_histogram=1: metric \"up\": got buckets over a width of 2147483649, want at most 32768\n",
            Wiring.Metrics(Snappy.CompressToArray(Request(histogram).ToByteArray()), WireFormat.RemoteWrite1));
        histogram.PositiveSpans[1].Offset = 32_766;
        Assert.StartsWith(
            "refused invalid_histogram=1: metric \"up\": got buckets of ", Wiring.Metrics(Snappy.CompressToArray(Request(histogram).ToByteArray()), WireFormat.RemoteWrite1), StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_beyond_2_to_the_53rd_are_exact()
    {
        var histogram = new Histogram { CountInt = (1UL << 53) + 1, ZeroCountInt = (1UL << 53) + 1, Timestamp = 1 };
        Assert.Contains("\"count\":\"9007199254740993\"", Wiring.Metrics(Snappy.CompressToArray(Request(histogram).ToByteArray()), WireFormat.RemoteWrite1), StringComparison.Ordinal);
        histogram.ZeroCountInt--;
        Assert.StartsWith("refused invalid_histogram=1", Wiring.Metrics(Snappy.CompressToArray(Request(histogram).ToByteArray()), WireFormat.RemoteWrite1), StringComparison.Ordinal);
    }

    private static WriteRequest Request(Histogram histogram)
    {
        var series = new TimeSeries();
        series.Labels.Add(new Label { Name = "__name__", Value = "up" });
        series.Histograms.Add(histogram);
        var request = new WriteRequest();
        request.Timeseries.Add(series);
        return request;
    }

    private static string Read(byte[] body, WireFormat format) => PlainBatch.WithoutMessage(Wiring.Metrics(Snappy.CompressToArray(body), format));
}
