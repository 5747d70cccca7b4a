using VmObs.Scrape.Access;
using VmObs.Scrape.Discovery;

namespace VmObs.Tests.Scrape.Discovery;

/// <summary>A real HTTP server lists targets.</summary>
public sealed class HttpTargetSourceTests
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Answer_is_taken_over_when_it_changes()
    {
        await using var server = await StartServerAsync();
        await using var source = Start(server);
        Assert.Equal([$"http://{server.Address}/targets?q=1:0 __address__=a:1,__meta_url=http://{server.Address}/targets?q=1,rack=r1"], await source.NextAsync());
        Assert.Equal(new HttpRequestSeen("/targets?q=1", "application/json", "Bearer secret"), server.Last);
        source.Time.Advance(s_refresh);
        await server.AnsweredAsync(2);
        server.Body = "[]";
        source.Time.Advance(s_refresh);
        Assert.Empty(await source.NextAsync());
    }

    [Theory]
    [InlineData(500, "application/json", "[]", "got status 500 Internal Server Error, want 200")]
    [InlineData(200, "text/html", "[]", "got Content-Type text/html, want application/json")]
    [InlineData(200, "application/json", "[{", "got no JSON")]
    public async Task Bad_answer_leaves_the_last_good_one_in_force(int status, string type, string body, string expected)
    {
        await using var server = await StartServerAsync();
        await using var source = Start(server);
        var good = await source.NextAsync();
        var goodBody = server.Body;
        (server.Status, server.ContentType, server.Body) = (status, type, body);
        source.Time.Advance(s_refresh);
        var line = await source.Log.NextAsync();
        Assert.StartsWith($"http_sd: http://{server.Address}/targets?q=1: the targets that it had stay: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        (server.Status, server.ContentType, server.Body) = (200, "application/json", goodBody + " ");
        source.Time.Advance(s_refresh);
        Assert.Equal(good, await source.NextAsync());
    }

    [Fact]
    public async Task Server_that_is_not_there_is_asked_again()
    {
        var server = await StartServerAsync();
        var address = server.Address;
        await server.DisposeAsync();
        await using var source = Start(address);
        Assert.Contains("the targets that it had stay: Connection refused", await source.Log.NextAsync(), StringComparison.Ordinal);
        source.Time.Advance(s_refresh);
        Assert.Contains("the targets that it had stay: Connection refused", await source.Log.NextAsync(), StringComparison.Ordinal);
    }

    private static async Task<ScrapedServer> StartServerAsync()
    {
        var server = await ScrapedServer.StartAsync();
        (server.ContentType, server.Body) = ("application/json", """[{"targets": ["a:1"], "labels": {"rack": "r1"}}]""");
        return server;
    }

    private static RunningSource Start(ScrapedServer server) => Start(server.Address);

    private static RunningSource Start(string address) => new((log, time) => new HttpDiscovery(
        "", new Uri($"http://user:password@{address}/targets?q=1"), s_refresh, new HttpAccess { AuthorizationScheme = "Bearer", Credentials = "secret" }).Create(log, time));
}
