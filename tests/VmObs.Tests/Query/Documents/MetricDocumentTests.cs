using System.Text;
using System.Text.Json;
using VmObs.Query.Documents;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;

namespace VmObs.Tests.Query.Documents;

public sealed class MetricDocumentTests
{
    [Theory]
    [InlineData(23.5, "23.5")]
    [InlineData(1e300, "1E+300")]
    [InlineData(double.NaN, "\"NaN\"")]
    [InlineData(double.PositiveInfinity, "\"+Inf\"")]
    [InlineData(double.NegativeInfinity, "\"-Inf\"")]
    public void A_sample_is_one_object(double value, string want)
    {
        using var labels = new LabelKeyBuilder();
        labels.Set("__name__"u8, "cpu_percent"u8);
        labels.Set("node"u8, "brick-01"u8);
        labels.Set("service"u8, "guardian"u8);
        labels.Set("region"u8, "eu-west"u8);
        using var key = new PooledBuffer();
        labels.WriteTo(key);
        var series = new SeriesSamples(key.WrittenMemory, MetricKind.Gauge, "%", new long[] { 0, 1_500_000_000 }, new[] { 0, value });
        Assert.Equal(
            """{"metric":"cpu_percent","labels":{"node":"brick-01","region":"eu-west","service":"guardian"},"node":"did:vm:node:brick-01","service":"guardian","category":"mesh","kind":"gauge","unit":"%","timestamp":"1970-01-01T00:00:01.500Z","value":"""
            + want + "}",
            Write(series, 1));
    }

    [Fact]
    public void The_members_of_a_detail_stand_beside_the_others()
    {
        using var key = new PooledBuffer();
        var series = new SeriesSamples(key.WrittenMemory, MetricKind.ExponentialHistogram, "s", new long[] { 0, 1, 2 }, new double[] { 1, 2, 3 })
        {
            Details = [new SampleDetail(1, """{"exemplars":[{"value":1.50}],"histogram":{"scale":3},"metric_id":"m-\"1\"","scrape_duration_ms":null}"""u8.ToArray())],
        };
        var rests = Enumerable.Range(0, 3).Select(sample => Write(series, sample).Split("\"value\":", 2)[1]);
        Assert.Equal(["1}", """2,"exemplars":[{"value":1.50}],"histogram":{"scale":3},"metric_id":"m-\"1\"","scrape_duration_ms":null}""", "3}"], rests);
    }

    private static string Write(SeriesSamples series, int sample)
    {
        using var documents = new SampleDocuments(new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        documents.Begin(series, "mesh");
        // Whatever sample was written before.
        _ = documents.Of(series.Values.Length - 1);
        return Encoding.UTF8.GetString(documents.Of(sample));
    }
}
