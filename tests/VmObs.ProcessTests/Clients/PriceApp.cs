using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace VmObs.ProcessTests.Clients;

/// <summary>An ASP.NET app with one endpoint, traced by the SDK's instrumentation. Disposing it flushes what it traced.</summary>
internal sealed class PriceApp : IAsyncDisposable
{
    public const string Service = "price-aspnet";

    private readonly WebApplication _app;
    private readonly TracerProvider _traces;

    private PriceApp(WebApplication app, TracerProvider traces) => (_app, _traces, Address) = (app, traces, app.Urls.Single());

    public string Address { get; }

    public static async Task<PriceApp> StartAsync(Uri otlpGrpc)
    {
        var traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService(Service, autoGenerateServiceInstanceId: false).AddAttributes([new("host.name", "aspnet-node")]))
            .AddAspNetCoreInstrumentation()
            .AddOtlpExporter(options => (options.Endpoint, options.Protocol) = (otlpGrpc, OtlpExportProtocol.Grpc))
            .Build();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/price/{id}", (string id) => $"{id}.50");
        await app.StartAsync();
        return new PriceApp(app, traces);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _traces.Dispose();
    }
}
