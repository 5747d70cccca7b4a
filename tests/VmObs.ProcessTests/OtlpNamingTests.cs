using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests;

/// <summary>What the OpenTelemetry SDK sends has the names that Prometheus would give it.</summary>
public sealed class OtlpNamingTests : IAsyncLifetime
{
    private const string Service = "sdk-service";

    private readonly TemporaryFolder _folder = new();
    private EngineProcess _engine = null!;

    public async ValueTask InitializeAsync() => _engine = await EngineProcess.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Series_of_the_sdk_have_names_units_scope_and_target_info()
    {
        var traceId = SendAll();
        var log = Assert.Single(await AskAsync("logs", "search", "settled in 42 ms", "--last", "1h"));
        Assert.Equal((Service, "warn", traceId), (Text(log, "service"), Text(log, "level"), Text(log, "trace_id")));
        var sample = Assert.Single(await AskAsync("metrics", "query", "--node", "sdk-node", "--metric", "settlements_total", "--last", "1h"));
        Assert.Equal(7, sample.GetProperty("value").GetDouble());
        var histogram = Assert.Single(await AskAsync("metrics", "query", "--label", "job=" + Service, "--metric", "settlement_duration_seconds", "--last", "1h"));
        Assert.Equal(2, histogram.GetProperty("value").GetDouble());
        var labels = histogram.GetProperty("labels");
        Assert.Equal(("VmObs.ProcessTests", "treasury"), (Text(labels, "otel_scope_name"), Text(labels, "settlement_kind")));
        Assert.Single(await AskAsync("metrics", "query", "--label", "host_name=sdk-node", "--metric", "target_info", "--last", "1h"));
        var trace = Assert.Single(await AskAsync("trace", "show", traceId));
        Assert.Equal(["settle", "sign"], trace.GetProperty("spans").EnumerateArray().Select(span => Text(span, "name")));

        static string? Text(System.Text.Json.JsonElement element, string member) => element.GetProperty(member).GetString();
    }

    private string SendAll()
    {
        var resource = ResourceBuilder.CreateEmpty().AddService(Service, autoGenerateServiceInstanceId: false).AddAttributes([new("host.name", "sdk-node")]);
        using var source = new ActivitySource("VmObs.ProcessTests");
        using var meter = new Meter("VmObs.ProcessTests");
        using var traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(source.Name).AddOtlpExporter(To("/v1/traces")).Build();
        using var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(meter.Name).AddOtlpExporter(To("/v1/metrics"))
            .AddView("settlement.duration", new Base2ExponentialBucketHistogramConfiguration()).SetExemplarFilter(ExemplarFilterType.TraceBased).Build();
        using var logs = LoggerFactory.Create(logging => logging.AddOpenTelemetry(options =>
        {
            options.IncludeFormattedMessage = true;
            options.SetResourceBuilder(resource).AddOtlpExporter(To("/v1/logs"));
        }));
        using var root = source.StartActivity("settle")!;
        using (source.StartActivity("sign"))
            logs.CreateLogger<OtlpNamingTests>().LogWarning("settled in {Milliseconds} ms", 42);
        meter.CreateCounter<long>("settlements").Add(7);
        var durations = meter.CreateHistogram<double>("settlement.duration", "s");
        foreach (var seconds in (double[])[0.1, 12])
            durations.Record(seconds, new KeyValuePair<string, object?>("settlement.kind", "treasury"));
        root.Stop();
        // Providers flush when they are disposed.
        return root.TraceId.ToHexString();
    }

    private Action<OtlpExporterOptions> To(string path) => options =>
    {
        options.Endpoint = new Uri(_engine.OtlpHttp, path);
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        // Else the SDK (1.19) asks the logger factory's container for a client, which is gone when the first export is the last flush.
        options.HttpClientFactory = () => new HttpClient();
    };

    private async Task<IReadOnlyList<System.Text.Json.JsonElement>> AskAsync(params string[] arguments) =>
        (await ProgramRun.OfVmObsAsync(_engine.Url, [.. arguments, "--output", "json"])).Succeeded().JsonLines();
}
