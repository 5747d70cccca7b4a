using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace VmObs.Tests.Scrape;

/// <summary>A target over real HTTP whose next answer the test says.</summary>
internal sealed class ScrapedServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly Channel<int> _answers = Channel.CreateUnbounded<int>();
    private int _count;

    private ScrapedServer(WebApplication app) => _app = app;

    /// <summary>What it answers with.</summary>
    public string Body { get; set; } = "";

    /// <summary>What it answers with instead, where that is no text.</summary>
    public byte[]? Content { get; set; }

    public int Status { get; set; } = 200;

    public string ContentType { get; set; } = "text/plain; version=0.0.4";

    /// <summary>The request answered last.</summary>
    public HttpRequestSeen? Last { get; private set; }

    public string Address => new Uri(_app.Urls.Single()).Authority;

    /// <summary>Starts one, over TLS where it is said how.</summary>
    public static async Task<ScrapedServer> StartAsync(HttpsConnectionAdapterOptions? tls = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (tls is not null)
                listen.UseHttps(tls);
        }));
        var app = builder.Build();
        var server = new ScrapedServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>Returns once it has answered so many times.</summary>
    public async Task AnsweredAsync(int times)
    {
        while (await _answers.Reader.ReadAsync(TestContext.Current.CancellationToken) < times)
        {
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        Last = new HttpRequestSeen(context.Request.Path + context.Request.QueryString, context.Request.Headers.Accept.ToString(), context.Request.Headers.Authorization.ToString());
        context.Response.StatusCode = Status;
        context.Response.ContentType = ContentType;
        await context.Response.Body.WriteAsync(Content ?? Encoding.UTF8.GetBytes(Body));
        await context.Response.CompleteAsync();
        _answers.Writer.TryWrite(Interlocked.Increment(ref _count));
    }
}

/// <summary>What a scrape asked with.</summary>
internal sealed record HttpRequestSeen(string Path, string Accept, string Authorization);
