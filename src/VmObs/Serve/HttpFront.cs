using System.IO.Compression;
using System.Net;
using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VmObs.Access;
using VmObs.Api;
using VmObs.Http;
using VmObs.Ingest;

namespace VmObs.Serve;

/// <summary>Where the engine listens.</summary>
internal sealed record FrontAddresses(ListenAddress Main, ListenAddress OtlpHttp, ListenAddress OtlpGrpc);

/// <summary>The engine's HTTP server: three doors, one pipeline. Whoever starts it disposes it.</summary>
internal sealed class HttpFront : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Dictionary<ListenAddress, ListenOptions> _bound;
    private const string OwnHeader = "X-Vm-Obs-Own";

    private readonly string _ownKey = SecretText.Create();
    private readonly FrontAddresses _addresses;
    private readonly FrontSecurity _security;
    private readonly ConnectionsByAddress _connections = new();
    private int _otlpHttpPort = -1, _otlpGrpcPort = -1;
    private volatile bool _stopping;

    private HttpFront(FrontAddresses addresses, FrontSecurity security, IngestLimits limits, Action<ILoggingBuilder> logging)
    {
        _addresses = addresses;
        _security = security;
        _bound = new(ReferenceEqualityComparer.Instance);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        logging(builder.Logging);
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, limits));
        builder.Services.AddResponseCompression(Compress);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(3));
        _app = builder.Build();
    }

    /// <summary>Loggers of the host.</summary>
    public ILoggerFactory Loggers => _app.Services.GetRequiredService<ILoggerFactory>();

    /// <summary>Connections closed because their address had as many as it may.</summary>
    public long RefusedConnections => _connections.Refused;

    /// <summary>Headers of what the engine sends to itself, "name=value" with commas: by them it is let in, to the last.</summary>
    public string OwnHeaders => $"{OwnHeader}={_ownKey}" + (_security.Tokens is { } tokens ? $",Authorization=Bearer {tokens.OwnToken}" : "");

    /// <summary>Triggered when the process is told to end.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>What is answered: "GET /obs/logs".</summary>
    public IEnumerable<string> Routes =>
        ((IEndpointRouteBuilder)_app).DataSources.SelectMany(static source => source.Endpoints).OfType<RouteEndpoint>()
            .SelectMany(static route => route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Select(method => $"{method} {route.RoutePattern.RawText}") ?? []);

    /// <summary>The main door's address, "http://127.0.0.1:7080".</summary>
    public string MainUrl => Url(_addresses.Main);

    /// <summary>OTLP over HTTP.</summary>
    public string OtlpHttpUrl => Url(_addresses.OtlpHttp);

    /// <summary>OTLP over HTTP as the engine itself reaches it.</summary>
    public string OwnOtlpUrl
    {
        get
        {
            var bound = Bound(_addresses.OtlpHttp);
            var address = bound.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : bound.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : bound.Address;
            return $"{Scheme}://{new IPEndPoint(address, bound.Port)}";
        }
    }

    /// <summary>OTLP over gRPC.</summary>
    public string OtlpGrpcUrl => Url(_addresses.OtlpGrpc);

    /// <summary>Makes a server that does not listen yet.</summary>
    public static HttpFront Create(FrontAddresses addresses, FrontSecurity security, IngestLimits limits, Action<ILoggingBuilder> logging) => new(addresses, security, limits, logging);

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">An address is taken.</exception>
    public async Task StartAsync(EnginePorts ports, IReadOnlyList<IIntake> intakes, IngestLimits limits, QueryTelemetry telemetry, TimeProvider time)
    {
        var hosts = new HashSet<string>([_addresses.Main.Host, _addresses.OtlpHttp.Host, _addresses.OtlpGrpc.Host], StringComparer.OrdinalIgnoreCase);
        _app.Use(next => new ProblemGuard(next, Loggers.CreateLogger<ProblemGuard>()).InvokeAsync);
        _app.UseResponseCompression();
        _app.Use(next => new AddressGuard(next, hosts, anyHost: _security.Tokens is not null).InvokeAsync);
        _app.Use(GuardDoors);
        _app.UseRouting();
        if (_security.Tokens is { } tokens)
            _app.Use(next => new AccessGuard(next, tokens).InvokeAsync);
        _app.MapIngest(intakes, limits);
        _app.MapApi(ports, telemetry, time);
        _app.Lifetime.ApplicationStopping.Register(() => _stopping = true);
        await _app.StartAsync();
        _otlpHttpPort = Bound(_addresses.OtlpHttp).Port;
        _otlpGrpcPort = Bound(_addresses.OtlpGrpc).Port;
    }

    /// <summary>Refuses new requests, lets those that run finish, for at most a few seconds.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        await _app.StopAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Configure(KestrelServerOptions kestrel, IngestLimits limits)
    {
        kestrel.AddServerHeader = false;
        // Ours is the limit that answers in the sender's protocol; this one stands behind it.
        kestrel.Limits.MaxRequestBodySize = limits.MaxBodyBytes + (64L * 1024);
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 100;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(10));
        // A person who reads an answer page by page is not an attack.
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxConcurrentConnections = ConnectionsByAddress.MaxInAll;
        Listen(kestrel, _addresses.Main, HttpProtocols.Http1);
        Listen(kestrel, _addresses.OtlpHttp, HttpProtocols.Http1);
        Listen(kestrel, _addresses.OtlpGrpc, HttpProtocols.Http2);
    }

    /// <summary>Answers that are asked for compressed are; the tokens of those who ask are in no answer, which makes it safe under TLS too.</summary>
    private static void Compress(ResponseCompressionOptions options)
    {
        options.EnableForHttps = true;
        options.Providers.Add(new BrotliCompressionProvider(Options.Create(new BrotliCompressionProviderOptions { Level = CompressionLevel.Fastest })));
        options.Providers.Add(new GzipCompressionProvider(Options.Create(new GzipCompressionProviderOptions { Level = CompressionLevel.Fastest })));
        // Lists of lines compress their chunks themselves.
        options.MimeTypes = ["application/json", "application/problem+json", "text/plain", "application/openmetrics-text"];
    }

    private void Listen(KestrelServerOptions kestrel, ListenAddress address, HttpProtocols protocols) =>
        kestrel.Listen(address.EndPoint, options =>
        {
            options.Protocols = protocols;
            options.Use(_connections.Guard);
            if (_security.Certificate is { } certificate)
                options.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current }) });
            _bound[address] = options;
        });

    /// <summary>The OTLP doors take OTLP alone; at the end nothing new is begun but what the engine says of that end.</summary>
    private Task GuardDoors(HttpContext context, RequestDelegate next)
    {
        if (_stopping && context.Request.Headers[OwnHeader] != _ownKey)
        {
            context.Response.Headers.RetryAfter = "5";
            return Problem.Stopping.WriteAsync(context);
        }
        var port = context.Connection.LocalPort;
        var path = context.Request.Path;
        var isForeign = (port == _otlpHttpPort && !path.StartsWithSegments("/v1")) || (port == _otlpGrpcPort && !path.Value!.StartsWith("/opentelemetry.", StringComparison.Ordinal));
        return isForeign
            ? Problem.NotFound("this address takes OTLP alone", "path", path.ToString(), $"the same path at {MainUrl}").WriteAsync(context)
            : next(context);
    }

    private string Scheme => _security.Certificate is null ? "http" : "https";

    private string Url(ListenAddress address) => $"{Scheme}://{Bound(address)}";

    private IPEndPoint Bound(ListenAddress address) => _bound[address].IPEndPoint!;
}
