using System.Net;
using System.Net.Http.Headers;
using Snappier;
using VmObs.Tests.Support;

namespace VmObs.Tests.Ingest;

public sealed class SnappyPushTests
{
    private const string RemoteWrite = "/api/v1/write";
    private const string Loki = "/loki/api/v1/push";

    private static readonly long At = (long)Samples.At(10);

    [Theory]
    [InlineData("application/x-protobuf")]
    [InlineData("application/x-protobuf;proto=prometheus.WriteRequest")]
    public async Task Remote_write_is_stored(string type)
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await PostAsync(front, RemoteWrite, WriteRequest(At / 1_000_000), type);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        var series = Assert.Single(await front.Engine.SelectAsync(("__name__", "up")));
        Assert.Equal([1.5], series.Values.ToArray());
    }

    [Fact]
    public async Task A_Loki_push_is_stored_with_and_without_its_coding()
    {
        await using var front = await EngineFront.StartAsync();
        var body = PushBodies.LokiPush(new PushBodies.Stream("{service_name=\"guardian\"}", new PushBodies.Entry(At, "hello")));
        using var named = await PostAsync(front, Loki, body);
        Assert.Equal(HttpStatusCode.NoContent, named.StatusCode);
        using var unnamed = await PostAsync(front, Loki, body, coding: null);
        Assert.Equal(HttpStatusCode.NoContent, unnamed.StatusCode);
        Assert.Equal(2, (await front.Engine.FindAsync()).Count);
    }

    [Fact]
    public async Task Remote_write_2_is_stored_and_says_how_much()
    {
        await using var front = await EngineFront.StartAsync();
        var body = RemoteWrite2Bodies.Write([new([("__name__", "up"), ("job", "guardian")], [(1.5, At / 1_000_000), (1.5, (At / 1_000_000) + 10_000_000)], BadHistograms: 1)]);
        using var response = await PostAsync(front, RemoteWrite, body, "application/x-protobuf;proto=io.prometheus.write.v2.Request");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("X-Prometheus-Remote-Write-Samples-Written")));
        Assert.Equal("0", Assert.Single(response.Headers.GetValues("X-Prometheus-Remote-Write-Histograms-Written")));
        Assert.Equal("0", Assert.Single(response.Headers.GetValues("X-Prometheus-Remote-Write-Exemplars-Written")));
        Assert.Single(await front.Engine.SelectAsync(("__name__", "up")));
    }

    [Fact]
    public async Task A_Loki_push_in_JSON_is_stored()
    {
        await using var front = await EngineFront.StartAsync();
        var body = Coded.Body(JsonBodies.Utf8($$$"""{"streams":[{"stream":{"app":"web"},"values":[["{{{At}}}","hello",{"k":"v"}]]}]}"""), VmObs.Signals.Ports.ContentCoding.Gzip);
        using var response = await PostAsync(front, Loki, body, "application/json", "gzip", compress: false);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Single(await front.Engine.FindAsync());
    }

    [Fact]
    public async Task Refused_samples_are_400_in_words_and_the_others_are_stored()
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await PostAsync(front, RemoteWrite, WriteRequest(At / 1_000_000, (At / 1_000_000) + 10_000_000));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("stored but for 1 refused (too_far_ahead 1)", text, StringComparison.Ordinal);
        Assert.Single(await front.Engine.SelectAsync(("__name__", "up")));
    }

    [Fact]
    public async Task What_is_no_snappy_block_is_400_and_other_kinds_are_415()
    {
        await using var front = await EngineFront.StartAsync();
        using var plain = await PostAsync(front, RemoteWrite, [1, 2, 3], compress: false);
        Assert.Equal(HttpStatusCode.BadRequest, plain.StatusCode);
        Assert.Contains("snappy block", await plain.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        foreach (var (path, type, coding) in new[]
        {
            (RemoteWrite, "application/x-protobuf;proto=io.prometheus.write.v3.Request", "snappy"), (RemoteWrite, "application/x-protobuf", "br"), (Loki, "application/json", "snappy"), (Loki, "text/plain", "snappy"),
        })
        {
            using var response = await PostAsync(front, path, WriteRequest(1), type, coding);
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        }
    }

    private static byte[] WriteRequest(params long[] millis) =>
        PushBodies.RemoteWrite([new PushBodies.Series([("__name__", "up"), ("job", "guardian")], [.. millis.Select(time => (1.5, time))])]);

    private static async Task<HttpResponseMessage> PostAsync(
        EngineFront front, string path, byte[] body, string type = "application/x-protobuf", string? coding = "snappy", bool compress = true)
    {
        using var content = new ByteArrayContent(compress ? Snappy.CompressToArray(body) : body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (coding is not null)
            content.Headers.ContentEncoding.Add(coding);
        return await front.Main.PostAsync(path, content, TestContext.Current.CancellationToken);
    }
}
