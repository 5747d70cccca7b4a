using System.Text.Json;
using VmObs.Tests.Support;

namespace VmObs.Tests.Api;

public sealed class LogApiTests
{
    [Theory]
    [InlineData("newest")]
    [InlineData("oldest")]
    public async Task Pages_go_on_where_the_cursor_says_and_the_last_has_none(string order)
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync([.. Enumerable.Range(0, 10).Select(i => Samples.Log(i / 2, $"{i}"))]);
        var found = new List<string>();
        string? cursor = null;
        do
        {
            using var page = await GetAsync(front, $"/obs/logs?last=2h&limit=3&order={order}{(cursor is null ? "" : "&cursor=" + cursor)}");
            found.AddRange(page.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("message").GetString()!));
            cursor = page.RootElement.GetProperty("next_cursor").GetString();
            await front.Engine.SealAsync();
        }
        while (cursor is not null);
        Assert.Equal(10, found.Count);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), found.Order(StringComparer.Ordinal));
        var seconds = found.Select(message => int.Parse(message) / 2).ToList();
        Assert.Equal(order == "newest" ? seconds.OrderDescending() : seconds.Order(), seconds);
    }

    [Fact]
    public async Task A_filter_is_a_condition_like_the_others_and_a_wrong_one_says_where()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(1, "a b"), Samples.Log(2, "b c", 17));
        Assert.Single(await front.GetLinesAsync("/obs/logs?last=2h&filter=" + Uri.EscapeDataString("level >= 'warn' AND message =~ '^b'")));
        using var answer = await front.Main.GetAsync("/obs/logs?filter=" + Uri.EscapeDataString("level =="), TestContext.Current.CancellationToken);
        Assert.Contains("column 9", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counts_are_in_all_or_by_level_or_by_service()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(1, "a"), Samples.Log(2, "b"), Samples.Log(3, "c", 17), Samples.Log(4, "d", 17, Samples.Portal));
        Assert.Equal(["""{"count":4}"""], await front.GetLinesAsync("/obs/logs/count?last=2h"));
        Assert.Equal(["""{"count":2}"""], await front.GetLinesAsync("/obs/logs/count?last=2h&level=error"));
        Assert.Equal(["""{"level":"error","count":2}""", """{"level":"info","count":2}"""], await front.GetLinesAsync("/obs/logs/count?last=2h&by=level"));
        Assert.Equal(["""{"service":"guardian","count":3}""", """{"service":"portal","count":1}"""], await front.GetLinesAsync("/obs/logs/count?last=2h&by=service"));
        Assert.Equal(["""{"count":0}"""], await front.GetLinesAsync("/obs/logs/count?last=2h&text=nowhere"));
    }

    private static async Task<JsonDocument> GetAsync(EngineFront front, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", "application/json");
        using var answer = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
