using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Clients;

/// <summary>A real Prometheus: what its own database holds is what the engine has.</summary>
[Collection(ClientTests.Name)]
public sealed partial class PrometheusTests(ClientEngine engine)
{
    private const int Scrapes = 8;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Every_sample_that_prometheus_stored_is_here_stale_markers_too()
    {
        await using var target = new ScrapedTarget();
        await using var prometheus = new PrometheusProcess(Tool.Path("prometheus", "prometheus"), engine.Engine.Url, target.Address);
        await Eventually.TrueAsync($"{Scrapes} scrapes", s_patience, () => target.Scrapes >= Scrapes);
        await target.DisposeAsync();
        await prometheus.LoseTargetAsync();
        var (appended, failed) = await prometheus.SentAsync();
        var exemplars = await prometheus.ExemplarsAsync();
        await prometheus.TerminateAsync();

        var theirs = await DumpAsync(prometheus.DataFolder);
        var all = await engine.SamplesAsync("job", PrometheusProcess.Job);
        var documents = all.Where(static sample => sample.GetProperty("kind").GetString() != "exemplar").ToList();
        var ours = documents.Select(sample => $"{Series(sample)} {Text(ClientEngine.Value(sample))} {Milliseconds(sample)}");
        Assert.Equal(theirs.Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
        Assert.Equal((documents.Count, 0d), (appended, failed));
        foreach (var metric in new[] { "settlements_total", "queue_depth", "latency_seconds_bucket", "latency_seconds_sum", "latency_seconds_count" })
            Assert.All(Of(metric).GroupBy(Series), series => Assert.Equal("NaN", Text(ClientEngine.Value(series.Last()))));
        Assert.Equal(["1", "1", "1", "NaN"], Of("fleeting").Select(sample => Text(ClientEngine.Value(sample))));
        Assert.Equal("größe \"5\" \\ \n", Of("settlements_total")[0].GetProperty("labels").GetProperty("note").GetString());

        var shown = all.Where(static sample => sample.GetProperty("kind").GetString() == "exemplar").Select(static sample => (Name: sample.GetProperty("metric").GetString(), Value: ClientEngine.Value(sample), Exemplar: sample.GetProperty("exemplars")[0])).ToList();
        Assert.Equal((double)shown.Count, exemplars);
        Assert.All(shown, static one => Assert.Equal(("settlements_total_exemplars", 7d, "ä"), (one.Name, one.Value, one.Exemplar.GetProperty("labels").GetProperty("user").GetString())));
        Assert.Contains(ScrapedTarget.TraceId(Scrapes), shown.Select(static one => one.Exemplar.GetProperty("trace_id").GetString()));

        List<JsonElement> Of(string metric) => [.. documents.Where(sample => sample.GetProperty("metric").GetString() == metric)];
    }

    [Fact]
    public async Task A_native_histogram_that_prometheus_scraped_is_here_with_its_buckets()
    {
        // A MetricFamily behind its length: buckets up to 1, 2 and, after a gap of one, 8 with 1, 2 and 1 observations, one at zero.
        byte[] histogram = [0x08, 5, 0x11, .. BitConverter.GetBytes(9.5), 0x28, 0, 0x31, .. BitConverter.GetBytes(0.001), 0x38, 1, 0x62, 4, 0x08, 0, 0x10, 2, 0x62, 4, 0x08, 2, 0x10, 1, 0x68, 2, 0x68, 2, 0x68, 1];
        byte[] metric = [0x3A, (byte)histogram.Length, .. histogram];
        byte[] family = [0x0A, 6, .. "native"u8, 0x18, 4, 0x22, (byte)metric.Length, .. metric];
        await using var target = new ScrapedTarget(("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited", [(byte)family.Length, .. family]));
        await using var prometheus = new PrometheusProcess(Tool.Path("prometheus", "prometheus"), engine.Engine.Url, target.Address, "prometheus-native");
        var sample = await Eventually.GetAsync("the histogram", s_patience, async () => (await engine.SamplesAsync("instance", target.Address)).Where(static sample => sample.GetProperty("metric").GetString() == "native").Select(static sample => sample.ToString()).FirstOrDefault());
        Assert.Contains("\"kind\":\"exponential_histogram\"", sample, StringComparison.Ordinal);
        Assert.EndsWith("\"value\":5,\"histogram\":{\"scale\":0,\"count\":5,\"sum\":9.5,\"zero_count\":1,\"zero_threshold\":0.001,\"positive\":{\"offset\":-1,\"counts\":[1,2,0,1]}}}", sample.Replace(",\"negative\":{\"offset\":0,\"counts\":[]}", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    // {__name__="up", instance="127.0.0.1:80", job="x"} 1 1700000000000
    private static async Task<IReadOnlyList<string>> DumpAsync(string folder)
    {
        var dump = (await ProgramRun.OfAsync(Tool.Path("promtool", "prometheus"), ["tsdb", "dump", folder])).Succeeded();
        return [.. DumpedSample().Matches(dump.Output).Select(match => $"{match.Groups[1].Value} {Text(ClientEngine.Number(match.Groups[2].Value))} {match.Groups[3].Value}")];
    }

    // As promtool writes it, without what the engine adds.
    private static string Series(JsonElement sample)
    {
        var labels = sample.GetProperty("labels").EnumerateObject().Where(label => label.Name is not ("service" or "node"))
            .Select(label => (label.Name, Value: label.Value.GetString()!)).Append((Name: "__name__", Value: sample.GetProperty("metric").GetString()!));
        return "{" + string.Join(", ", labels.OrderBy(label => label.Name, StringComparer.Ordinal).Select(label => $"{label.Name}={Quoted(label.Value)}")) + "}";
    }

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static long Milliseconds(JsonElement sample) => sample.GetProperty("timestamp").GetDateTimeOffset().ToUnixTimeMilliseconds();

    [GeneratedRegex(@"^(\{.*\}) (\S+) (\d+)$", RegexOptions.Multiline)]
    private static partial Regex DumpedSample();
}
