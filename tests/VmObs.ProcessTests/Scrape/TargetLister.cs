using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VmObs.ProcessTests.Scrape;

/// <summary>An inventory that lists targets over HTTP, and is one itself: every other path is a page of metrics.</summary>
internal sealed class TargetLister : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _serving;

    public TargetLister()
    {
        using (var socket = new TcpListener(IPAddress.Loopback, 0))
        {
            socket.Start();
            Address = socket.LocalEndpoint.ToString()!;
        }
        _listener.Prefixes.Add($"http://{Address}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Address { get; }

    /// <summary>What it lists; null: it fails.</summary>
    public string? Targets { get; set; } = "[]";

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
            var isList = context.Request.Url!.AbsolutePath == "/targets";
            context.Response.StatusCode = isList && Targets is null ? 500 : 200;
            context.Response.ContentType = isList ? "application/json" : "text/plain; version=0.0.4";
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(isList ? Targets ?? "" : "pages_total 1\n"));
            context.Response.Close();
            next = _listener.GetContextAsync();
        }
    }
}
