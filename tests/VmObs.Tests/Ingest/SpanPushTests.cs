using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using VmObs.Tests.Signals.Wire.Jaeger;
using VmObs.Tests.Support;

namespace VmObs.Tests.Ingest;

public sealed class SpanPushTests
{
    private const string Zipkin =
        """[{"traceId":"0af7651916cd43dd8448eb211c80319c","id":"b7ad6b7169203331","name":"get /","timestamp":1765031415000000,"duration":2500,"localEndpoint":{"serviceName":"web"}},{"traceId":"x","id":"b7ad6b7169203331","timestamp":1}]""";

    [Fact]
    public async Task Zipkin_and_jaeger_spans_of_one_trace_are_one_trace()
    {
        await using var front = await EngineFront.StartAsync();
        using var zipkin = await PostAsync(front, "/api/v2/spans", JsonBodies.Utf8(Zipkin), "application/json; charset=utf-8");
        Assert.Equal(HttpStatusCode.Accepted, zipkin.StatusCode);
        Assert.Contains("invalid_trace_id", await zipkin.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        var batch = new ThriftBody()
            .Struct(1, static process => process.Text(1, "db"))
            .Structs(2, static span => span.I64(1, unchecked((long)0x8448eb211c80319c)).I64(2, 0x0af7651916cd43dd).I64(3, 7).I64(4, unchecked((long)0xb7ad6b7169203331)).Text(5, "query").I64(8, 1_765_031_415_001_000).I64(9, 500))
            .Stop();
        using var jaeger = await PostAsync(front, "/api/traces?format=jaeger.thrift", batch.ToArray(), "application/x-thrift");
        Assert.Equal((HttpStatusCode.Accepted, 0L), (jaeger.StatusCode, jaeger.Content.Headers.ContentLength ?? 0));
        var trace = JsonNode.Parse(await front.GetAsync("/obs/traces/0af7651916cd43dd8448eb211c80319c"))!;
        Assert.Equal(["web get / ", "db query b7ad6b7169203331"], trace["spans"]!.AsArray().Select(static span => $"{span!["service"]} {span["name"]} {span["parent_span_id"]}"));
    }

    [Theory]
    [InlineData("/api/v2/spans", "application/json", "{}", HttpStatusCode.BadRequest)]
    [InlineData("/api/v2/spans", "application/json", "[{\"traceId\":\"x\"}]", HttpStatusCode.BadRequest)]
    [InlineData("/api/v2/spans", "application/x-protobuf", "", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("/api/traces", "application/x-thrift", "nonsense", HttpStatusCode.BadRequest)]
    [InlineData("/api/traces", "application/json", "{}", HttpStatusCode.UnsupportedMediaType)]
    public async Task What_cannot_be_read_is_refused(string path, string type, string body, HttpStatusCode expected)
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await PostAsync(front, path, JsonBodies.Utf8(body), type);
        Assert.Equal(expected, response.StatusCode);
        Assert.NotEqual("", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<HttpResponseMessage> PostAsync(EngineFront front, string path, byte[] body, string type)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return await front.Main.PostAsync(path, content, TestContext.Current.CancellationToken);
    }
}
