using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using VmObs.Signals.Wire.PromText;
using VmObs.Telemetry;

namespace VmObs.Tests.Telemetry;

public sealed class OwnMetricsTests
{
    [Theory]
    [InlineData(false, "# HELP taken_total So \\\\ many \"records\".\n# TYPE taken_total counter\ntaken_total{signal_name=\"a\\\"b\"} 3\n")]
    [InlineData(true, "# HELP taken So \\\\ many \\\"records\\\".\n# TYPE taken counter\ntaken_total{signal_name=\"a\\\"b\"} 3\n")]
    public void A_page_says_what_the_instruments_counted_and_can_be_scraped(bool isOpenMetrics, string counter)
    {
        using var meter = new Meter($"OwnMetricsTests {isOpenMetrics}");
        using var page = new OwnMetrics();
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddReader(page.Reader).Build();
        var taken = meter.CreateCounter<long>("taken", null, "So \\ many \"records\".");
        taken.Add(1, new KeyValuePair<string, object?>("signal.name", "a\"b"));
        taken.Add(2, new KeyValuePair<string, object?>("signal.name", "a\"b"));
        meter.CreateHistogram<double>("took", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] }).Record(0.75);
        meter.CreateObservableGauge("memory", () => 1.5, "By");
        var text = page.Read(isOpenMetrics);
        Assert.Contains(counter, text, StringComparison.Ordinal);
        Assert.Contains("# TYPE took_seconds histogram\ntook_seconds_bucket{le=\"0.5\"} 0\ntook_seconds_bucket{le=\"1\"} 1\ntook_seconds_bucket{le=\"+Inf\"} 1\ntook_seconds_sum 0.75\ntook_seconds_count 1\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE memory_bytes gauge\nmemory_bytes 1.5\n", text, StringComparison.Ordinal);
        var reader = new ExpositionReader(System.Text.Encoding.UTF8.GetBytes(text), isOpenMetrics);
        var samples = 0;
        for (var line = reader.Next(); line != ExpositionLine.End; line = reader.Next())
            samples += line == ExpositionLine.Sample ? 1 : 0;
        Assert.Equal((null, 7), (reader.Error?.ToString(), samples));
        taken.Add(4, new KeyValuePair<string, object?>("signal.name", "a\"b"));
        Assert.Contains("} 7\n", page.Read(isOpenMetrics), StringComparison.Ordinal);
    }
}
