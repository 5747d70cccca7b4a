using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Snappier;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Hostile;

/// <summary>Senders that mean harm: each is refused with a reason, within bounded memory, and harms nobody who sends beside it.</summary>
public sealed class HostileTests : IAsyncLifetime
{
    /// <summary>What the process may come to, with the defaults, whoever sends what.</summary>
    private const int MaxMegabytes = 700;

    private const long Gigabyte = 1024L * 1024 * 1024;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = s_limit };
    private EngineProcess _engine = null!;
    private int _good;

    public async ValueTask InitializeAsync() => _engine = await EngineProcess.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_bomb_is_refused_in_every_coding_on_every_way_in()
    {
        foreach (var (coding, bomb) in Bombs())
        {
            foreach (var (path, type) in new[]
            {
                ("/v1/logs", "application/x-protobuf"), ("/v1/metrics", "application/x-protobuf"), ("/v1/traces", "application/x-protobuf"), ("/v1/logs", "application/json"),
                ("/api/v1/write", "application/x-protobuf"), ("/loki/api/v1/push", "application/x-protobuf"), ("/loki/api/v1/push", "application/json"), ("/_bulk", "application/x-ndjson"),
                ("/obs/ingest/logs", "application/json"), ("/obs/ingest/metrics", "application/json"), ("/obs/ingest/traces", "application/json"), ("/api/v2/spans", "application/json"), ("/api/traces", "application/x-thrift"),
            })
            {
                using var content = new ByteArrayContent(bomb);
                content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
                content.Headers.ContentEncoding.Add(coding);
                using var response = await _http.PostAsync(new Uri(_engine.Url, path), content, TestContext.Current.CancellationToken);
                var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                Assert.True(response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge && answer.Contains("67108864", StringComparison.Ordinal), $"{coding} {path} {type}: {response.StatusCode} {answer}");
            }
            await SendGoodAsync();
        }
        await CheckAsync("malformed");
    }

    [Theory]
    [InlineData("Content-Length: 1073741824")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task A_body_of_a_gigabyte_is_not_read_to_its_end(string length)
    {
        using var socket = await ConnectAsync(IPAddress.Loopback);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /obs/ingest/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{length}\r\n\r\n"), TestContext.Current.CancellationToken);
        var piece = new byte[1024 * 1024];
        piece.AsSpan().Fill((byte)' ');
        var sent = 0L;
        try
        {
            for (; sent < Gigabyte; sent += piece.Length)
            {
                if (length[0] == 'T')
                    await stream.WriteAsync("100000\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
                await stream.WriteAsync(piece, TestContext.Current.CancellationToken);
                if (length[0] == 'T')
                    await stream.WriteAsync("\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            }
        }
        catch (IOException)
        {
            // The engine has answered and hung up.
        }
        Assert.InRange(sent, 0, Gigabyte / 2);
        await SendGoodAsync();
        await CheckAsync("too_large");
    }

    [Fact]
    public async Task Who_sends_no_more_or_ends_no_header_is_hung_up_on()
    {
        foreach (var beginning in new[] { "POST /obs/ingest/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{", "GET /obs/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: " })
        {
            using var socket = await ConnectAsync(IPAddress.Loopback);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning), TestContext.Current.CancellationToken);
            await SendGoodAsync();
            using var reader = new StreamReader(stream);
            // It ends: by the limits for the rate of bodies and the time of headers.
            Assert.DoesNotContain(" 200 ", await ReadToEndAsync(reader), StringComparison.Ordinal);
        }
        await CheckAsync("broken_off");
    }

    [Fact]
    public async Task A_flood_of_headers_is_431()
    {
        using var socket = await ConnectAsync(IPAddress.Loopback);
        await using var stream = new NetworkStream(socket);
        var request = new StringBuilder("GET /obs/health HTTP/1.1\r\nHost: localhost\r\n");
        for (var i = 0; i < 200; i++)
            request.Append($"X-{i}: y\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request.Append("\r\n").ToString()), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 431", await ReadToEndAsync(reader), StringComparison.Ordinal);
        await SendGoodAsync();
    }

    [Fact]
    public async Task A_million_labels_and_a_million_series_leave_memory_bounded()
    {
        var many = new PushBodies.Series([("__name__", "m"), .. Enumerable.Range(0, 1_000_000).Select(static i => ($"l{i}", "x"))], [(1, Now)]);
        Assert.Equal(HttpStatusCode.BadRequest, await WriteAsync([many]));
        await SendGoodAsync();
        for (var part = 0; part < 20; part++)
        {
            var series = Enumerable.Range(part * 50_000, 50_000).Select(static i => new PushBodies.Series([("__name__", "m"), ($"label_{i}", $"value {i}")], [(i, Now)]));
            Assert.True(await WriteAsync(series) is HttpStatusCode.NoContent or HttpStatusCode.TooManyRequests);
        }
        await SendGoodAsync();
        await CheckAsync("malformed_none");
    }

    [Fact]
    public async Task Thousands_of_connections_that_say_nothing_do_not_keep_others_out()
    {
        var sockets = new List<Socket>();
        var refused = 0;
        try
        {
            // From another address of this machine: all of 127.0.0.0/8 is its own.
            for (var i = 0; i < 3_000; i++)
            {
                try
                {
                    sockets.Add(await ConnectAsync(IPAddress.Parse("127.0.0.2")));
                }
                catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
                {
                    refused++;
                }
            }
            await Eventually.GetAsync("connections that were hung up on", s_limit, () =>
                Task.FromResult(refused + sockets.Count(static socket => socket.Poll(0, SelectMode.SelectRead)) >= 3_000 - 1024 ? "enough" : null));
            await SendGoodAsync();
        }
        finally
        {
            sockets.ForEach(static socket => socket.Dispose());
        }
        await CountedAsync("vmobs_connections_refused_total", "");
    }

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private static IEnumerable<(string Coding, byte[] Bomb)> Bombs()
    {
        yield return ("gzip", Pack(static stream => new GZipStream(stream, CompressionLevel.Fastest)));
        yield return ("deflate", Pack(static stream => new ZLibStream(stream, CompressionLevel.Fastest)));
        yield return ("zstd", Pack(static stream => new ZstdSharp.CompressionStream(stream, 1)));
    }

    /// <summary>A gigabyte of spaces, packed.</summary>
    private static byte[] Pack(Func<Stream, Stream> open)
    {
        var packed = new MemoryStream();
        var piece = new byte[1024 * 1024];
        piece.AsSpan().Fill((byte)' ');
        using (var stream = open(packed))
        {
            for (var i = 0; i < 1024; i++)
                stream.Write(piece);
        }
        return packed.ToArray();
    }

    private async Task<HttpStatusCode> WriteAsync(IEnumerable<PushBodies.Series> series)
    {
        using var content = new ByteArrayContent(Snappy.CompressToArray(PushBodies.RemoteWrite(series)));
        content.Headers.ContentType = new("application/x-protobuf");
        using var response = await _http.PostAsync(new Uri(_engine.Url, "/api/v1/write"), content, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private async Task<Socket> ConnectAsync(IPAddress from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from, 0));
        await socket.ConnectAsync(IPAddress.Loopback, _engine.Url.Port);
        return socket;
    }

    private static async Task<string> ReadToEndAsync(StreamReader reader)
    {
        try
        {
            return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Sends a line as anybody does, on a connection of its own, and finds it.</summary>
    private async Task SendGoodAsync()
    {
        using var http = new HttpClient();
        var name = $"good {++_good}";
        using var response = await http.PostAsync(new Uri(_engine.Url, "/obs/ingest/logs"), new StringContent($"{{\"msg\":\"{name}\"}}", Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains(name, await http.GetStringAsync(new Uri(_engine.Url, $"/obs/logs?last=1h&text={Uri.EscapeDataString(name)}"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private async Task CheckAsync(string outcome)
    {
        if (outcome != "malformed_none")
            await CountedAsync("vmobs_ingest_requests_total", $"outcome=\"{outcome}\"");
        var peak = File.ReadLines($"/proc/{_engine.Id}/status").First(static line => line.StartsWith("VmHWM", StringComparison.Ordinal));
        Assert.InRange(long.Parse(string.Concat(peak.Where(char.IsAsciiDigit))) / 1024, 1, MaxMegabytes);
    }

    private async Task CountedAsync(string metric, string label)
    {
        var page = await _http.GetStringAsync(new Uri(_engine.Url, "/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains(page.Split('\n'), line => line.StartsWith(metric, StringComparison.Ordinal) && line.Contains(label, StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal));
    }
}
