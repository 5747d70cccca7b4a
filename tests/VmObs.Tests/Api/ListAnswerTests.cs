using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Api;

public sealed class ListAnswerTests
{
    [Theory]
    [InlineData("*/*", false)]
    [InlineData("application/x-ndjson", false)]
    [InlineData("text/html, application/json;q=0.8, */*", true)]
    [InlineData("application/json", true)]
    [InlineData("application/json, application/x-ndjson", false)]
    public async Task Who_accepts_json_gets_one_document_with_the_same_items(string accept, bool isWhole)
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "a"), Samples.Log(20, "b"));
        var lines = await front.GetLinesAsync("/obs/logs?last=2h");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/obs/logs?last=2h");
        request.Headers.Add("Accept", accept);
        using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(isWhole ? "application/json" : "application/x-ndjson", response.Content.Headers.ContentType!.MediaType);
        if (!isWhole)
        {
            Assert.Equal(string.Concat(lines.Select(line => line + "\n")), body);
            return;
        }
        using var document = JsonDocument.Parse(body);
        Assert.Equal(["items", "next_cursor"], document.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(lines, document.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetRawText()));
    }

    [Fact]
    public async Task An_empty_list_is_an_empty_document()
    {
        await using var front = await EngineFront.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/obs/logs");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("""{"items":[],"next_cursor":null}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("br", "br")]
    [InlineData("gzip, br", "br")]
    [InlineData("", null)]
    [InlineData("identity", null)]
    public async Task Answers_are_compressed_for_whoever_asks(string accepted, string? coding)
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync([.. Enumerable.Range(0, 500).Select(i => Samples.Log(i, $"line {i}"))]);
        var lines = await front.GetLinesAsync("/obs/logs?last=2h&limit=1000");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/obs/logs?last=2h&limit=1000");
        if (accepted.Length > 0)
            request.Headers.Add("Accept-Encoding", accepted);
        using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(coding is null ? [] : [coding], response.Content.Headers.ContentEncoding);
        var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(coding switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => body,
        });
        Assert.Equal(lines, (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_document_is_not_sent_again_to_who_has_it()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "a"));
        using var first = await front.Main.GetAsync("/obs/root", TestContext.Current.CancellationToken);
        using (var same = await AskAsync(front, first.Headers.ETag!))
            Assert.Equal((HttpStatusCode.NotModified, ""), (same.StatusCode, await same.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        await front.Engine.Store.SealEndedHoursAsync(TestContext.Current.CancellationToken);
        using var changed = await AskAsync(front, first.Headers.ETag!);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(first.Headers.ETag, changed.Headers.ETag);

        static Task<HttpResponseMessage> AskAsync(EngineFront front, EntityTagHeaderValue known)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/obs/root");
            request.Headers.IfNoneMatch.Add(known);
            return front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        }
    }
}
