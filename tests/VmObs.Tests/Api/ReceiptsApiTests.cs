using System.Net;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Api;

public sealed class ReceiptsApiTests
{
    private const int Hours = 7;

    [Theory]
    [InlineData("order=oldest", false)]
    [InlineData("order=newest", true)]
    [InlineData("", true)]
    public async Task Pages_neither_skip_nor_repeat_while_receipts_are_appended(string order, bool newest)
    {
        await using var front = await SealedHoursAsync();
        var before = await front.GetLinesAsync("/obs/receipts?limit=1000");
        var (pages, cursor) = (new List<string[]>(), (string?)null);
        do
        {
            var (lines, next) = await PageAsync(front, $"/obs/receipts?limit=3&{(cursor is null ? order : $"cursor={cursor}")}");
            pages.Add(lines);
            cursor = next;
            await SealOneMoreAsync(front, Hours + pages.Count);
        }
        while (cursor is not null && pages.Count < 20);
        if (newest)
        {
            pages.Reverse();
            Assert.Equal(before, pages.SelectMany(page => page));
            return;
        }
        // From the oldest on the new ones come as well.
        Assert.Equal(before, pages.SelectMany(page => page).Take(before.Length));
        Assert.True(pages.Sum(page => page.Length) > before.Length);
    }

    [Fact]
    public async Task The_last_page_has_no_cursor_even_where_it_is_full()
    {
        await using var front = await SealedHoursAsync();
        Assert.Null((await PageAsync(front, $"/obs/receipts?limit={Hours}")).Next);
        Assert.Equal("after-5", (await PageAsync(front, $"/obs/receipts?limit={Hours - 1}&order=oldest")).Next);
    }

    [Fact]
    public async Task A_filter_is_applied_by_the_engine()
    {
        await using var front = await SealedHoursAsync();
        Assert.Equal(2, (await front.GetLinesAsync("/obs/receipts?filter=" + Uri.EscapeDataString("log_counts.error > 0 AND seq >= 5"))).Length);
        Assert.Empty(await front.GetLinesAsync("/obs/receipts?filter=" + Uri.EscapeDataString("log_counts.error > 99")));
    }

    [Theory]
    [InlineData("filter=log_counts.error%20%3E", "column 19")]
    [InlineData("cursor=7", "next_cursor of an earlier answer")]
    [InlineData("cursor=before-7&order=oldest", "with the same order")]
    [InlineData("order=latest", "newest, oldest")]
    [InlineData("limit=100001", "from 1 to 100000")]
    public async Task What_cannot_be_read_is_told(string query, string want)
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await front.Main.GetAsync($"/obs/receipts?{query}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(want, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_is_not_sent_again_until_it_changes()
    {
        await using var front = await SealedHoursAsync();
        using var old = await front.Main.GetAsync("/obs/receipts?cursor=before-5", TestContext.Current.CancellationToken);
        using var latest = await front.Main.GetAsync("/obs/receipts?limit=5", TestContext.Current.CancellationToken);
        Assert.NotEqual(old.Headers.ETag, latest.Headers.ETag);
        await SealOneMoreAsync(front, Hours + 1);
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync("/obs/receipts?cursor=before-5", old));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/obs/receipts?limit=5", latest));

        async Task<HttpStatusCode> StatusAsync(string path, HttpResponseMessage known)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.IfNoneMatch.Add(known.Headers.ETag!);
            using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }

    private static async Task<EngineFront> SealedHoursAsync()
    {
        var front = await EngineFront.StartAsync();
        for (var hour = 0; hour < Hours; hour++)
            await SealOneMoreAsync(front, hour);
        return front;
    }

    // Hours before the one of the clock, so that they are past when their records come.
    private static async Task SealOneMoreAsync(EngineFront front, int hour)
    {
        await front.Engine.LogsAsync(Samples.Log(10 - (3600 * hour), "a", 17));
        await front.Engine.Store.SealEndedHoursAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<(string[] Lines, string? Next)> PageAsync(EngineFront front, string path)
    {
        using var response = await front.Main.GetAsync(path, TestContext.Current.CancellationToken);
        var lines = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (lines, response.TrailingHeaders.TryGetValues("Next-Cursor", out var values) ? values.First() : null);
    }
}
