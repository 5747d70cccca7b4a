using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VmObs.ProcessTests.Clients;

/// <summary>A program that Prometheus scrapes: each scrape counts up and shows another exemplar, and one gauge is gone after the third.</summary>
internal sealed class ScrapedTarget : IAsyncDisposable
{
    private const int ScrapesWithFleeting = 3;

    private readonly HttpListener _listener = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _serving;
    private readonly (string Type, byte[] Body)? _fixed;
    private int _scrapes;

    /// <summary>Begins to serve.</summary>
    /// <param name="page">What every scrape gets instead: its content type and body.</param>
    public ScrapedTarget((string Type, byte[] Body)? page = null)
    {
        _fixed = page;
        Address = $"127.0.0.1:{FreePort()}";
        _listener.Prefixes.Add($"http://{Address}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Address { get; }

    public int Scrapes => Volatile.Read(ref _scrapes);

    /// <summary>A port that nothing listens on.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    // Serving ends before the listener does, so that no scrape is cut off in the middle.
    public async ValueTask DisposeAsync()
    {
        _ended.TrySetResult();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        var next = _listener.GetContextAsync();
        while (await Task.WhenAny(next, _ended.Task) == next)
        {
            var context = await next;
            var scrape = Interlocked.Increment(ref _scrapes);
            var (type, body) = _fixed ?? ("application/openmetrics-text; version=1.0.0; charset=utf-8", Encoding.UTF8.GetBytes(Exposition(scrape)));
            context.Response.ContentType = type;
            await context.Response.OutputStream.WriteAsync(body);
            context.Response.Close();
            next = _listener.GetContextAsync();
        }
    }

    /// <summary>The trace that a scrape's exemplar names.</summary>
    public static string TraceId(int scrape) => $"{scrape:x32}";

    private static string Exposition(int scrape) => $$"""
        # HELP settlements Settled.
        # TYPE settlements counter
        settlements_total{asset="gold",note="größe \"5\" \\ \n"} {{scrape * 7}} # {trace_id="{{TraceId(scrape)}}",user="ä"} 7 {{(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1000m).ToString(System.Globalization.CultureInfo.InvariantCulture)}}
        # TYPE queue_depth gauge
        queue_depth{end="low"} -0.125
        queue_depth{end="high"} +Inf
        queue_depth{end="none"} NaN
        # TYPE latency_seconds histogram
        latency_seconds_bucket{le="0.1"} {{scrape}}
        latency_seconds_bucket{le="+Inf"} {{scrape * 2}}
        latency_seconds_sum {{scrape * 0.3}}
        latency_seconds_count {{scrape * 2}}
        {{(scrape <= ScrapesWithFleeting ? "# TYPE fleeting gauge\nfleeting 1\n" : "")}}# EOF

        """.ReplaceLineEndings("\n");
}
