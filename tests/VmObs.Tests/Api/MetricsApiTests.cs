using System.Net;
using System.Text.Json;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Api;

public sealed class MetricsApiTests
{
    [Fact]
    public async Task Pages_neither_skip_nor_repeat_while_the_hour_seals()
    {
        await using var front = await EngineFront.StartAsync();
        // One time comes twice.
        await front.Engine.MetricsAsync([.. Enumerable.Range(0, 7).Select(i => Samples.Gauge($"metric_{i}", (1, i), (2, i), (2, i + 0.5), (3, i)))]);
        var all = await front.GetLinesAsync("/obs/metrics?last=2h");
        Assert.Equal(28, all.Length);
        var paged = new List<string>();
        string? cursor = null;
        for (var page = 0; page < 28; page++)
        {
            var (items, next) = await PageAsync(front, $"/obs/metrics?last=2h&limit=3{(cursor is null ? "" : "&cursor=" + cursor)}");
            paged.AddRange(items);
            if (page == 3)
                await front.Engine.SealAsync();
            cursor = next;
            if (cursor is null)
                break;
        }
        Assert.Equal(all, paged);
        Assert.Null((await PageAsync(front, "/obs/metrics?last=2h&limit=28")).Next);
        Assert.NotNull((await PageAsync(front, "/obs/metrics?last=2h&limit=27")).Next);
    }

    [Theory]
    [InlineData("match={node%3D~\"brick.*\"}", 2)]
    [InlineData("match[]=cpu_percent", 1)]
    [InlineData("label=service!=guardian", 0)]
    [InlineData("label=service=~g.*n", 2)]
    [InlineData("label=service!~g.*n", 0)]
    [InlineData("metric=cpu_percent&match={service=\"guardian\"}", 1)]
    public async Task Series_are_named_by_matchers(string parameters, int samples)
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.MetricsAsync(Samples.Gauge("cpu_percent", (1, 2.5)), Samples.Gauge("memory_percent", (1, 50)));
        Assert.Equal(samples, (await front.GetLinesAsync($"/obs/metrics?last=2h&{parameters}")).Length);
        Assert.Equal(samples, (await front.GetLinesAsync($"/obs/metrics/series?last=2h&{parameters}")).Length);
        Assert.Equal(samples, (await front.GetLinesAsync($"/obs/metrics/names?last=2h&{parameters}")).Length);
    }

    [Theory]
    [InlineData("match=cpu{", "column 5")]
    [InlineData("label=a=~(", "RE2")]
    [InlineData("label=a", "name=value")]
    [InlineData("cursor=x", "the cursor of an earlier answer")]
    [InlineData("cursor=größe", "the cursor of an earlier answer")]
    public async Task What_cannot_be_read_is_said(string parameters, string wanted)
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await front.Main.GetAsync($"/obs/metrics?{parameters}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(wanted, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_have_their_series_and_latest_sample_and_cardinality_says_what_makes_them()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.MetricsAsync(
            Samples.Gauge("cpu_percent", (1, 2.5), (5, 3.5)), Samples.Gauge("cpu_percent", (9, 4.5)) with { Resource = Samples.Portal }, Samples.Gauge("memory_percent", (1, double.NaN)));
        var names = await front.GetLinesAsync("/obs/metrics/names?last=2h");
        Assert.Equal("{\"metric\":\"cpu_percent\",\"kind\":\"gauge\",\"unit\":\"%\",\"category\":\"system\",\"series\":2,\"samples\":3,\"nodes\":2,\"last_timestamp\":\"2025-12-06T13:00:09.000Z\",\"last_value\":4.5}", names[0]);
        Assert.EndsWith("\"last_value\":\"NaN\"}", names[1], StringComparison.Ordinal);
        var (first, next) = await PageAsync(front, "/obs/metrics/names?last=2h&limit=1");
        Assert.Equal((names[0], "cpu_percent"), (Assert.Single(first), next));
        Assert.Equal(names[1..], (await PageAsync(front, "/obs/metrics/names?last=2h&limit=1&cursor=cpu_percent")).Items);
        var cardinality = await front.GetLinesAsync("/obs/metrics/cardinality?last=2h&limit=2");
        Assert.Equal("{\"by\":\"metric\",\"name\":\"cpu_percent\",\"series\":2}", cardinality[0]);
        Assert.Contains(cardinality, line => line.StartsWith("{\"by\":\"label\"", StringComparison.Ordinal) && line.EndsWith("\"series\":3,\"values\":2}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Series_are_listed_page_by_page_without_samples()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.MetricsAsync([.. Enumerable.Range(0, 5).Select(i => Samples.Gauge($"metric_{i}", (1, i)))]);
        await front.Engine.SealAsync();
        var all = await front.GetLinesAsync("/obs/metrics/series?last=2h");
        Assert.Equal(5, all.Length);
        Assert.DoesNotContain("value", all[0], StringComparison.Ordinal);
        var (first, next) = await PageAsync(front, "/obs/metrics/series?last=2h&limit=2");
        Assert.Equal(all[..2], first);
        Assert.Equal(all[2..], (await PageAsync(front, $"/obs/metrics/series?last=2h&cursor={next}")).Items);
    }

    [Fact]
    public async Task An_export_is_OpenMetrics_of_everything_that_was_asked_for()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.MetricsAsync(Samples.Gauge("cpu_percent", (1, 2.5)), Samples.Gauge("memory_percent", (1, 50)));
        using var response = await front.Main.GetAsync("/obs/metrics/export?metric=cpu_percent", TestContext.Current.CancellationToken);
        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Matches("^# TYPE cpu_percent gauge\ncpu_percent\\{.*node=\"brick-01\".*\\} 2\\.5 1765026001\n# EOF\n$", text);
    }

    private static async Task<(string[] Items, string? Next)> PageAsync(EngineFront front, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("application/json");
        using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return ([.. document.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetRawText())], document.RootElement.GetProperty("next_cursor").GetString());
    }
}
