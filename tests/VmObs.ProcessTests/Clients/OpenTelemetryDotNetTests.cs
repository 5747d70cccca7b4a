using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace VmObs.ProcessTests.Clients;

/// <summary>The OpenTelemetry SDK for .NET as people use it, by each of its protocols.</summary>
[Collection(ClientTests.Name)]
public sealed partial class OpenTelemetryDotNetTests(ClientEngine engine)
{
    private const int Rounds = 300;

    [Theory]
    [InlineData(OtlpExportProtocol.Grpc)]
    [InlineData(OtlpExportProtocol.HttpProtobuf)]
    public async Task All_three_signals_come_in_whole(OtlpExportProtocol protocol)
    {
        var service = $"dotnet-{protocol}";
        var traceId = Send(service, protocol);

        var logs = await engine.LogsAsync(service);
        Assert.Equal(
            Enumerable.Range(0, Rounds).Select(round => (round, $"settled {round} of gold", "warn", traceId)),
            logs.Select(log => (log.GetProperty("attributes").GetProperty("Round").GetInt32(), Text(log, "message"), Text(log, "level"), Text(log, "trace_id"))).Order());
        var sample = Assert.Single(await engine.SamplesAsync("service", service), static sample => Text(sample, "metric") != "target_info");
        Assert.Equal(("settlements_total", "counter", 2d * Rounds), (Text(sample, "metric"), Text(sample, "kind"), ClientEngine.Value(sample)));
        var spans = (await engine.TraceAsync(traceId)).GetProperty("spans").EnumerateArray().ToList();
        Assert.Equal("settle", Text(spans[0], "name"));
        Assert.Equal(Enumerable.Range(0, Rounds), spans.Skip(1).Select(span => span.GetProperty("attributes").GetProperty("round").GetInt32()).Order());
        Assert.All(spans.Skip(1), span => Assert.Equal((Text(spans[0], "span_id"), "did:vm:node:dotnet-node"), (Text(span, "parent_span_id"), Text(span, "node"))));
    }

    private string Send(string service, OtlpExportProtocol protocol)
    {
        var resource = ResourceBuilder.CreateEmpty().AddService(service, autoGenerateServiceInstanceId: false).AddAttributes([new("host.name", "dotnet-node")]);
        using var source = new ActivitySource(service);
        using var meter = new Meter(service);
        // Providers flush when they are disposed.
        using var traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(source.Name).AddOtlpExporter(To("v1/traces")).Build();
        using var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(meter.Name).AddOtlpExporter(To("v1/metrics")).Build();
        using var logging = LoggerFactory.Create(builder => builder.AddOpenTelemetry(options =>
        {
            options.IncludeFormattedMessage = true;
            options.SetResourceBuilder(resource).AddOtlpExporter(To("v1/logs"));
        }));
        var logger = logging.CreateLogger<OpenTelemetryDotNetTests>();
        var counter = meter.CreateCounter<long>("settlements");
        using var root = source.StartActivity("settle")!;
        for (var round = 0; round < Rounds; round++)
        {
            using var child = source.StartActivity("sign")!;
            child.SetTag("round", round);
            Settled(logger, round, "gold");
            counter.Add(2);
        }
        return root.TraceId.ToHexString();

        Action<OtlpExporterOptions> To(string path) => options =>
        {
            options.Protocol = protocol;
            // Else the SDK (1.19) asks the logger factory's container for a client, which is gone when the first export is the last flush.
            options.HttpClientFactory = static () => new HttpClient();
            options.Endpoint = protocol == OtlpExportProtocol.Grpc ? engine.Engine.OtlpGrpc : new Uri(engine.Engine.OtlpHttp, path);
        };
    }

    [LoggerMessage(LogLevel.Warning, "settled {Round} of {Asset}")]
    private static partial void Settled(ILogger logger, int round, string asset);

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
