using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using VmObs.Http;
using VmObs.Access;

namespace VmObs.Telemetry;

/// <summary>The engine watches itself through its own front door: metrics, logs and traces go by OTLP to its own OTLP address.</summary>
/// <remarks>There is no loop: taking a request makes no span and no log record, and the SDK suppresses instrumentation while it exports.
/// Begun once the engine listens.</remarks>
internal sealed class SelfTelemetry : IDisposable
{
    private const int ExportIntervalMs = 15_000;
    private const int ExportTimeoutMs = 2_000;

    // The server's: kestrel.connection.duration says by error.type what it refused before a request was one.
    private const string ServerMeter = "Microsoft.AspNetCore.Server.Kestrel";

    private readonly MeterProvider _metrics;
    private readonly TracerProvider _traces;
    private readonly ILoggerFactory _logs;
    private readonly BatchLogRecordExportProcessor _logRecords;

    private SelfTelemetry(string otlpUrl, string headers, CertificateFiles? certificate, string sourceName, string meterName)
    {
        var resource = ResourceBuilder.CreateEmpty()
            .AddService("vm-obs", serviceVersion: ProductVersion.Text, autoGenerateServiceInstanceId: false)
            .AddAttributes([new("host.name", Environment.MachineName)]);
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(meterName, "System.Runtime", ServerMeter)
            .AddReader(new PeriodicExportingMetricReader(new OtlpMetricExporter(Options(otlpUrl, headers, certificate, "/v1/metrics")), ExportIntervalMs, ExportTimeoutMs))
            .AddReader(Metrics.Reader)
            .Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(sourceName)
            .AddProcessor(new BatchActivityExportProcessor(new OtlpTraceExporter(Options(otlpUrl, headers, certificate, "/v1/traces"))))
            .Build();
        _logRecords = new BatchLogRecordExportProcessor(new OtlpLogExporter(Options(otlpUrl, headers, certificate, "/v1/logs")));
        _logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Information).AddOpenTelemetry(options =>
        {
            options.SetResourceBuilder(resource);
            options.IncludeFormattedMessage = true;
            options.AddProcessor(_logRecords);
        }));
    }

    /// <summary>The metrics as a page to scrape.</summary>
    public OwnMetrics Metrics { get; } = new();

    /// <summary>Begins to export; from now on the given loggers write to it as well.</summary>
    public static SelfTelemetry Start(string otlpUrl, string headers, CertificateFiles? certificate, string sourceName, string meterName, ILoggerFactory loggers)
    {
        var telemetry = new SelfTelemetry(otlpUrl, headers, certificate, sourceName, meterName);
        loggers.AddProvider(new Forwarding(telemetry._logs));
        return telemetry;
    }

    /// <summary>Exports what is left, while the engine still takes it; gives up after the time given.</summary>
    /// <returns>Whether all was exported.</returns>
    public async Task<bool> FlushAsync(TimeSpan atMost)
    {
        var milliseconds = (int)atMost.TotalMilliseconds;
        var flushed = Task.WhenAll(Task.Run(() => _metrics.Shutdown(milliseconds)), Task.Run(() => _traces.Shutdown(milliseconds)), Task.Run(() => _logRecords.Shutdown(milliseconds)));
        return await Task.WhenAny(flushed, Task.Delay(atMost, TimeProvider.System)) == flushed && !(await flushed).Contains(false);
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _traces.Dispose();
        _logs.Dispose();
    }

    private static OtlpExporterOptions Options(string otlpUrl, string headers, CertificateFiles? certificate, string path) => new()
    {
        Protocol = OtlpExportProtocol.HttpProtobuf,
        Endpoint = new Uri(otlpUrl + path),
        TimeoutMilliseconds = ExportTimeoutMs,
        // The environment may name a collector for the programs of this host; ours goes to ourselves.
        Headers = headers,
        HttpClientFactory = () => new HttpClient(Handler(certificate)) { Timeout = TimeSpan.FromMilliseconds(ExportTimeoutMs) },
    };

    private static SocketsHttpHandler Handler(CertificateFiles? own) => new()
    {
        UseProxy = false,
        // The names in our own certificate are those by which others call us.
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => own?.IsCurrent(certificate) == true },
    };

    /// <summary>Hands what the host's loggers say to another factory's.</summary>
    private sealed class Forwarding(ILoggerFactory to) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => to.CreateLogger(categoryName);

        public void Dispose()
        {
            // The other factory is ended by who made it.
        }
    }
}
