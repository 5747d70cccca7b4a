using System.Globalization;
using System.Text.Json;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Clients;

/// <summary>The one engine that all clients send to, and what the product's own commands answer about it.</summary>
public sealed class ClientEngine : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private EngineProcess? _engine;

    internal EngineProcess Engine => _engine!;

    public async ValueTask InitializeAsync() => _engine = await EngineProcess.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        if (_engine is not null)
            await _engine.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    /// <summary>All log records of a service in the last hour, oldest first.</summary>
    internal Task<IReadOnlyList<JsonElement>> LogsAsync(string service) =>
        AskAsync("logs", "query", "--service", service, "--last", "1h", "--limit", "100000", "--order", "oldest");

    /// <summary>All log records of a service between two times, oldest first.</summary>
    internal Task<IReadOnlyList<JsonElement>> LogsAsync(string service, string from, string to) =>
        AskAsync("logs", "query", "--service", service, "--from", from, "--to", to, "--limit", "100000", "--order", "oldest");

    /// <summary>All samples of the last hour whose series have this label.</summary>
    internal Task<IReadOnlyList<JsonElement>> SamplesAsync(string label, string value) =>
        AskAsync("metrics", "query", "--label", $"{label}={value}", "--last", "1h", "--limit", "100000");

    /// <summary>One trace.</summary>
    internal async Task<JsonElement> TraceAsync(string id) => Assert.Single(await AskAsync("trace", "show", id));

    /// <summary>One trace over HTTP, for many of them.</summary>
    internal async Task<JsonElement> GetTraceAsync(string id) => JsonElement.Parse(await _http.GetStringAsync(new Uri(Engine.Url, $"/obs/traces/{id}")));

    /// <summary>What an OpenTelemetry SDK in another process is told by environment variables.</summary>
    internal Dictionary<string, string?> OtlpEnvironment(string service, string protocol) => new()
    {
        ["OTEL_SERVICE_NAME"] = service,
        ["OTEL_RESOURCE_ATTRIBUTES"] = "host.name=js-node",
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = (protocol == "grpc" ? Engine.OtlpGrpc : Engine.OtlpHttp).ToString(),
        ["OTEL_TRACES_EXPORTER"] = "otlp",
        ["OTEL_METRICS_EXPORTER"] = "otlp",
        ["OTEL_LOGS_EXPORTER"] = "otlp",
    };

    private async Task<IReadOnlyList<JsonElement>> AskAsync(params string[] arguments) =>
        (await ProgramRun.OfVmObsAsync(Engine.Url, [.. arguments, "--output", "json"])).Succeeded().JsonLines();

    /// <summary>A sample's value, NaN and the infinities too.</summary>
    internal static double Value(JsonElement sample) => sample.GetProperty("value") switch
    {
        { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
        var text => Number(text.GetString()!),
    };

    /// <summary>A number as Prometheus writes it.</summary>
    internal static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
