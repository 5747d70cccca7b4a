using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Prometheus.Client;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;

namespace VmObs.Tests.Scrape;

/// <summary>Scrapes of the protobuf exposition, and exemplars: what goes into the engine, as the generated classes read it.</summary>
public sealed class NativeScrapeTests
{
    private const string Static = "static_configs: [{targets: [ADDRESS]}]";
    private const string Delimited = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

    [Fact]
    public async Task Native_histogram_goes_in_whole_and_ends_with_a_marker_of_its_kind()
    {
        await using var world = await StartAsync("scrape_native_histograms: true", Histogram(3));
        await world.ScrapeAsync();
        Assert.StartsWith("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text", world.Server.Last!.Accept, StringComparison.Ordinal);
        Assert.Null(world.Statuses.Single().Error);
        var series = world.LastRequest.Timeseries.Single(static series => series.Histograms.Count > 0);
        Assert.Equal(["__name__=latency", $"instance={world.Server.Address}", "job=web", "path=/"], series.Labels.Select(static label => $"{label.Name}={label.Value}"));
        Assert.Equal((3ul, 2, 4.5), (series.Histograms[0].CountInt, series.Histograms[0].Schema, series.Histograms[0].Sum));
        Assert.Equal("1", await world.ValuesAsync("scrape_samples_scraped"));
        world.Server.Content = [];
        await world.ScrapeAsync();
        var end = world.LastRequest.Timeseries.Single(static series => series.Histograms.Count > 0);
        Assert.Equal(series.Labels, end.Labels);
        Assert.Equal(BitConverter.DoubleToUInt64Bits(StaleMarker.Value), BitConverter.DoubleToUInt64Bits(end.Histograms[0].Sum));
    }

    [Fact]
    public async Task Native_histogram_is_its_classic_buckets_for_who_does_not_ask_for_it()
    {
        await using var world = await StartAsync("scrape_protocols: [PrometheusProto, PrometheusText0.0.4]", Histogram(3));
        await world.ScrapeAsync();
        Assert.Equal("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4", world.Server.Last!.Accept);
        Assert.Equal("2", await world.ValuesAsync("latency_bucket", ("le", "1.0")));
        Assert.Equal("3", await world.ValuesAsync("latency_bucket", ("le", "+Inf")));
        Assert.Equal("4.5", await world.ValuesAsync("latency_sum"));
        Assert.Equal("3", await world.ValuesAsync("latency_count"));
        Assert.DoesNotContain(world.LastRequest.Timeseries, static series => series.Histograms.Count > 0);
    }

    [Fact]
    public async Task Native_histogram_of_a_changed_job_ends_as_one()
    {
        await using var world = await StartAsync("scrape_native_histograms: true", Histogram(3));
        await world.ScrapeAsync();
        await world.SetJobsAsync(Static);
        await world.ScrapeAsync();
        var end = world.LastRequest.Timeseries.Single(static series => series.Histograms.Count > 0);
        Assert.True(double.IsNaN(end.Histograms[0].Sum));
        Assert.Equal("3", await world.ValuesAsync("latency_count"));
    }

    [Fact]
    public async Task Exemplar_goes_in_once_for_as_long_as_it_is_shown()
    {
        await using var world = await ScrapeWorld.StartAsync();
        world.Server.ContentType = "application/openmetrics-text; version=1.0.0";
        await world.SetJobsAsync(Static);
        world.Server.Body = "# TYPE hits counter\nhits_total 1 # {trace_id=\"4bf9\"} 0.5\n# EOF\n";
        await world.ScrapeAsync();
        var exemplar = Exemplars(world).Single();
        var sampled = world.LastRequest.Timeseries[0].Samples[0].Timestamp;
        Assert.Equal(("trace_id=4bf9", 0.5, sampled), (exemplar.Labels, exemplar.Value, exemplar.Millis));
        await world.ScrapeAsync();
        Assert.Empty(Exemplars(world));
        world.Server.Body = "# TYPE hits counter\nhits_total 2 # {trace_id=\"4bf9\"} 0.75\n# EOF\n";
        await world.ScrapeAsync();
        Assert.Equal(0.75, Exemplars(world).Single().Value);
    }

    [Fact]
    public async Task Exemplar_of_long_ago_is_passed_over()
    {
        var histogram = Histogram(3);
        var at = EngineFolder.Start.AddMinutes(1);
        histogram.Metric[0].Histogram.Exemplars.Add(
        [
            new Exemplar { Value = 1, Timestamp = Timestamp.FromDateTimeOffset(at.AddMinutes(-11)) },
            new Exemplar { Value = 2, Timestamp = Timestamp.FromDateTimeOffset(at.AddMinutes(-9)), Label = { new LabelPair { Name = "a", Value = "b" } } },
        ]);
        await using var world = await StartAsync("scrape_native_histograms: true", histogram);
        await world.ScrapeAsync();
        var exemplar = Exemplars(world).Single();
        Assert.Equal(("a=b", 2.0, at.AddMinutes(-9).ToUnixTimeMilliseconds()), (exemplar.Labels, exemplar.Value, exemplar.Millis));
    }

    [Theory]
    [InlineData("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text", "got Content-Type")]
    [InlineData(Delimited, "the body cannot be read: metric family 0: at byte 0 expected a length")]
    public async Task Body_that_cannot_be_read_fails_the_scrape(string type, string expected)
    {
        await using var world = await StartAsync("scrape_native_histograms: true", Histogram(3));
        (world.Server.ContentType, world.Server.Content) = (type, [9, 1]);
        await world.ScrapeAsync();
        await world.SetNoJobsAsync();
        Assert.Equal("0 stale", await world.ValuesAsync("up"));
        await world.SetJobsAsync(Static);
        await world.ScrapeAsync();
        Assert.Contains(expected, world.Statuses.Single().Error, StringComparison.Ordinal);
    }

    private static async Task<ScrapeWorld> StartAsync(string job, MetricFamily family)
    {
        var world = await ScrapeWorld.StartAsync();
        using var body = new MemoryStream();
        family.WriteDelimitedTo(body);
        (world.Server.ContentType, world.Server.Content) = (Delimited, body.ToArray());
        await world.SetJobsAsync($"{Static}\n    {job}");
        return world;
    }

    private static MetricFamily Histogram(ulong count) => new()
    {
        Name = "latency",
        Type = MetricType.Histogram,
        Metric =
        {
            new Metric
            {
                Label = { new LabelPair { Name = "path", Value = "/" } },
                Histogram = new Histogram { SampleCount = count, SampleSum = 4.5, Schema = 2, PositiveSpan = { new BucketSpan { Length = 1 } }, PositiveDelta = { (long)count }, Bucket = { new Bucket { UpperBound = 1, CumulativeCount = 2 } } },
            },
        },
    };

    private static IEnumerable<(string Labels, double Value, long Millis)> Exemplars(ScrapeWorld world) =>
        world.LastRequest.Timeseries.SelectMany(static series => series.Exemplars)
            .Select(static exemplar => (string.Join(',', exemplar.Labels.Select(static label => $"{label.Name}={label.Value}")), exemplar.Value, exemplar.Timestamp));
}
