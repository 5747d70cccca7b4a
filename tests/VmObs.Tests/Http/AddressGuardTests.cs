using System.Net;
using System.Text;
using VmObs.Tests.Support;

namespace VmObs.Tests.Http;

public sealed class AddressGuardTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:7080")]
    [InlineData("127.0.0.1:1")]
    [InlineData("127.1.2.3")]
    [InlineData("[::1]:7080")]
    public async Task A_host_that_is_ours_is_answered(string host) => Assert.Equal(HttpStatusCode.OK, await GetAsync(host, null));

    [Theory]
    [InlineData("example.org")]
    [InlineData("localhost.example.org")]
    [InlineData("127.0.0.1.example.org")]
    [InlineData("10.0.0.1:7080")]
    public async Task A_foreign_host_is_refused(string host) => Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(host, null));

    [Theory]
    [InlineData("http://localhost:3000", HttpStatusCode.OK)]
    [InlineData("https://[::1]", HttpStatusCode.OK)]
    [InlineData("http://example.org", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("file://localhost", HttpStatusCode.Forbidden)]
    public async Task An_origin_must_be_ours(string origin, HttpStatusCode want) => Assert.Equal(want, await GetAsync("localhost", origin));

    [Fact]
    public async Task The_OTLP_address_is_guarded_as_well()
    {
        await using var front = await EngineFront.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/logs") { Content = new ByteArrayContent([]) };
        request.Headers.Host = "example.org";
        using var response = await front.Otlp.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains("\"where\":\"Host\",\"got\":\"example.org\"", Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> GetAsync(string host, string? origin)
    {
        await using var front = await EngineFront.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/obs/health");
        request.Headers.Host = host;
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
