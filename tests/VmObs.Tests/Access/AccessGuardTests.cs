using System.Net;
using System.Net.Http.Headers;
using System.Text;
using VmObs.Access;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Access;

public sealed class AccessGuardTests : IDisposable
{
    private static readonly byte[] s_log = OtlpWriter.Protobuf(static writer => writer.Logs(Samples.Log(10, "one")));

    private readonly TokenFixture _tokens = new();

    public void Dispose() => _tokens.Dispose();

    // What each way in and out wants: nothing of it may be forgotten.
    [Theory]
    [InlineData("POST", "/v1/logs", "ingest")]
    [InlineData("POST", "/v1/metrics", "ingest")]
    [InlineData("POST", "/v1/traces", "ingest")]
    [InlineData("POST", "/obs/ingest/logs", "ingest")]
    [InlineData("POST", "/obs/ingest/metrics", "ingest")]
    [InlineData("POST", "/obs/ingest/traces", "ingest")]
    [InlineData("POST", "/api/v1/write", "ingest")]
    [InlineData("POST", "/loki/api/v1/push", "ingest")]
    [InlineData("POST", "/_bulk", "ingest")]
    [InlineData("PUT", "/some/_bulk", "ingest")]
    [InlineData("GET", "/", "ingest")]
    [InlineData("PUT", "/_template/x", "ingest")]
    [InlineData("POST", "/api/v2/spans", "ingest")]
    [InlineData("POST", "/api/traces", "ingest")]
    [InlineData("GET", "/obs/logs", "read")]
    [InlineData("GET", "/obs/metrics", "read")]
    [InlineData("GET", "/obs/traces/0af7651916cd43dd8448eb211c80319c", "read")]
    [InlineData("GET", "/obs/receipts", "read")]
    [InlineData("GET", "/obs/root", "read")]
    [InlineData("GET", "/obs/targets", "read")]
    [InlineData("GET", "/api/v1/targets", "read")]
    [InlineData("GET", "/metrics", "read")]
    [InlineData("POST", "/-/reload", "operate")]
    [InlineData("POST", "/obs/seal", "operate")]
    [InlineData("POST", "/obs/expire", "operate")]
    public async Task A_route_is_answered_to_who_may_and_to_nobody_else(string method, string path, string scope)
    {
        await using var front = await StartAsync();
        foreach (var (name, token) in new[] { ("", null), ("wrong", "vmo_" + new string('A', 43)), ("ingest", _tokens.Ingest), ("read", _tokens.Read), ("operate", _tokens.Operate) })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
            if (name is "" or "wrong")
                Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (response.StatusCode, Assert.Single(response.Headers.WwwAuthenticate).Scheme));
            else if (name != scope)
                Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            else
                Assert.NotInRange((int)response.StatusCode, 401, 403);
        }
    }

    [Fact]
    public async Task Health_and_paths_that_are_none_are_for_everybody()
    {
        await using var front = await StartAsync();
        Assert.Contains("\"status\"", await front.GetAsync("/obs/health"), StringComparison.Ordinal);
        using var response = await front.Main.GetAsync(new Uri("/nothing/here", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Every_scheme_by_which_agents_send_tokens_is_read()
    {
        await using var front = await StartAsync();
        var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"anybody:{_tokens.Ingest}"));
        foreach (var header in new[] { $"Bearer {_tokens.Ingest}", $"bearer {_tokens.Ingest}", $"Basic {pair}", $"ApiKey {pair}", $"ApiKey {_tokens.Ingest}" })
            Assert.Equal(HttpStatusCode.OK, await PostLogAsync(front, header));
        foreach (var header in new[] { _tokens.Ingest, "Bearer", "Basic x", $"Basic {_tokens.Ingest}", $"Digest {_tokens.Ingest}", $"Bearer {_tokens.Ingest}x" })
            Assert.Equal(HttpStatusCode.Unauthorized, await PostLogAsync(front, header));
    }

    [Fact]
    public async Task Otlp_answers_in_its_own_form_and_what_is_refused_is_counted()
    {
        await using var front = await StartAsync();
        using var http = await front.PostAsync("/v1/logs", Encoding.UTF8.GetBytes("{}"), "application/json");
        Assert.Equal("""{"code":16,"message":"the request needs a token: Authorization: got \"nothing\", want Bearer TOKEN, or Basic with the token as password"}""",
            await http.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var client = new HttpClient();
        using var call = new HttpRequestMessage(HttpMethod.Post, new Uri(front.GrpcUrl + "/opentelemetry.proto.collector.logs.v1.LogsService/Export"))
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent([0, 0, 0, 0, 0]),
        };
        call.Content.Headers.ContentType = new("application/grpc");
        call.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _tokens.Read);
        using var grpc = await client.SendAsync(call, TestContext.Current.CancellationToken);
        await grpc.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, "7"), (grpc.StatusCode, Assert.Single(grpc.TrailingHeaders.GetValues("grpc-status"))));
        Assert.Equal(2, front.Count("vmobs_ingest_requests_total{outcome=forbidden,signal=logs}"));
    }

    [Fact]
    public async Task A_file_that_is_read_again_counts_and_one_with_errors_does_not()
    {
        var book = _tokens.Open();
        await using var front = await EngineFront.StartAsync(security: new FrontSecurity(book, null));
        _tokens.Write(("did:vm:agent:in", "read", _tokens.Ingest, null));
        Assert.Equal(HttpStatusCode.OK, await PostLogAsync(front, $"Bearer {_tokens.Ingest}"));
        Assert.Null(book.Reload());
        Assert.Equal(HttpStatusCode.Forbidden, await PostLogAsync(front, $"Bearer {_tokens.Ingest}"));
        await File.WriteAllTextAsync(_tokens.File, "tokens:\n  - {sha256: x}\n", TestContext.Current.CancellationToken);
        Assert.Contains("got \"x\", want 64 hexadecimal digits", book.Reload(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await PostLogAsync(front, $"Bearer {_tokens.Ingest}"));
    }

    [Fact]
    public async Task With_tokens_any_host_may_be_named_and_an_origin_must_be_that_host()
    {
        await using var front = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(front, "vm-obs.example.org:7080", null));
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(front, "vm-obs.example.org:7080", "https://vm-obs.example.org:7080"));
        Assert.Equal(HttpStatusCode.Forbidden, await HealthAsync(front, "vm-obs.example.org:7080", "https://example.com"));
    }

    private static async Task<HttpStatusCode> HealthAsync(EngineFront front, string host, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/obs/health");
        request.Headers.Host = host;
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        using var response = await front.Main.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> PostLogAsync(EngineFront front, string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/logs") { Content = new ByteArrayContent(s_log) };
        request.Content.Headers.ContentType = new("application/x-protobuf");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await front.Otlp.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private Task<EngineFront> StartAsync() => EngineFront.StartAsync(security: new FrontSecurity(_tokens.Open(), null));
}
