using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using VmObs.Tests.Support;

namespace VmObs.Tests.Ingest;

public sealed class BulkEndpointTests
{
    [Theory]
    [InlineData("/_bulk")]
    [InlineData("/logs-web/_bulk")]
    public async Task Bulk_is_stored_and_each_item_has_its_status(string path)
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await PostAsync(front, path, JsonBodies.Bulk);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("Elasticsearch", Assert.Single(response.Headers.GetValues("X-Elastic-Product")));
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.True((bool)answer["errors"]!);
        Assert.Equal([201, 201, 400], answer["items"]!.AsArray().Select(static item => (int)item!.AsObject().Single().Value!["status"]!));
        Assert.Equal(2, (await front.Engine.FindAsync()).Count);
    }

    [Fact]
    public async Task Body_that_is_no_bulk_is_answered_as_Elasticsearch_does()
    {
        await using var front = await EngineFront.StartAsync();
        using var response = await PostAsync(front, "/_bulk", "{\"message\":1}\n"u8.ToArray());
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        Assert.Equal(("illegal_argument_exception", 400), ((string)answer["error"]!["type"]!, (int)answer["status"]!));
        Assert.Contains("line 1: at byte 0 expected an action", (string)answer["error"]!["reason"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/", "\"number\":\"8.19.0\"")]
    [InlineData("HEAD", "/", "")]
    [InlineData("GET", "/_license", "\"status\":\"active\"")]
    [InlineData("GET", "/_xpack", "\"ilm\"")]
    [InlineData("GET", "/_cluster/health", "\"green\"")]
    [InlineData("HEAD", "/_index_template/filebeat-8.19.0", "")]
    [InlineData("GET", "/_ilm/policy/filebeat", "{}")]
    [InlineData("PUT", "/_index_template/filebeat-8.19.0", "\"acknowledged\":true")]
    public async Task What_agents_ask_first_is_answered(string method, string path, string part)
    {
        await using var front = await EngineFront.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("Elasticsearch", Assert.Single(response.Headers.GetValues("X-Elastic-Product")));
        Assert.Contains(part, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> PostAsync(EngineFront front, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/x-ndjson");
        return await front.Main.PostAsync(path, content, TestContext.Current.CancellationToken);
    }
}
