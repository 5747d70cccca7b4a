using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging.Abstractions;
using VmObs.Signals.Decoding;
using VmObs.Access;
using VmObs.Api;
using VmObs.Ingest;
using VmObs.Proofs;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Scrape;
using VmObs.Signals;
using VmObs.Serve;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;

namespace VmObs.Tests.Support;

/// <summary>The real HTTP server, on ports that the system chose, over a real store and ledger with a clock that the test turns.</summary>
internal sealed class EngineFront : IAsyncDisposable
{
    private readonly HttpFront _front;
    private readonly Meter _meter;
    private readonly QueryTelemetry _telemetry;
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _counts = [];

    private EngineFront(EngineFolder engine, HttpFront front, Meter meter, QueryTelemetry telemetry)
    {
        Engine = engine;
        (_front, _meter, _telemetry) = (front, meter, telemetry);
        Main = new HttpClient(Trusting()) { BaseAddress = new Uri(front.MainUrl) };
        Otlp = new HttpClient(Trusting()) { BaseAddress = new Uri(front.OtlpHttpUrl) };
    }

    public EngineFolder Engine { get; }

    /// <summary>What the server hands requests to.</summary>
    public IReadOnlyList<IIntake> Takers { get; private init; } = [];

    public HttpClient Main { get; }

    /// <summary>What the server answers: "GET /obs/logs".</summary>
    public IEnumerable<string> Routes => _front.Routes;

    public HttpClient Otlp { get; }

    public string GrpcUrl => _front.OtlpGrpcUrl;

    public static async Task<EngineFront> StartAsync(
        IngestLimits? limits = null, ISink<LogBatch>? logSink = null, FrontSecurity? security = null, QueryLimits? queries = null)
    {
        var engine = await EngineFolder.OpenAsync();
        var meter = new Meter("VmObs");
        var any = new ListenAddress("127.0.0.1", new IPEndPoint(IPAddress.Loopback, 0));
        var health = new SinkHealth(NullLogger.Instance, engine.Time);
        var sinks = new Sinks(engine.Store.MetricSink, logSink ?? engine.Store.LogSink, engine.Store.TraceSink);
        limits ??= new IngestLimits();
        var telemetry = new QueryTelemetry(meter);
        var front = HttpFront.Create(new FrontAddresses(any, any with { }, any with { }), security ?? FrontSecurity.None, limits, _ => { });
        var intakes = Intakes.Create(new RequestDecoder(new IngestRules()), sinks, limits, new IngestMeter(meter, engine.Gaps), health, engine.Time);
        await front.StartAsync(
            new EnginePorts(engine.Store.Metrics, engine.Store.Logs, engine.Store.Traces)
            {
                LogFeed = engine.Store.LogFeed,
                QueryLimits = queries ?? new QueryLimits(TimeSpan.FromHours(1), long.MaxValue, long.MaxValue, 100),
                Receipts = engine.Ledger.Reader,
                Log = engine.Ledger.Log,
                Keys = new ScrollKeys(engine.Ledger, async () =>
                {
                    var next = engine.Ledger.PrepareKey();
                    await engine.Ledger.RotateKeyAsync(next);
                    return next;
                }),
                Proofs = new ProofMaker(engine.Ledger, engine.Store),
                IngestProofs = new IngestProofMaker(engine.Folder, () => engine.Ledger.PublicKey, engine.Ledger.Reader),
                SealAsync = engine.Store.SealEndedHoursAsync,
                ExpireAsync = engine.Store.ExpireAsync,
                Scraper = new Scraper(intakes.Single(static intake => intake.Signal == Signal.Metrics), NullLoggerFactory.Instance, engine.Time),
                OwnMetrics = static _ => "",
                ReloadAsync = static () => Task.FromResult<string?>(null),
                PlanExpiryAsync = engine.Store.PlanExpiryAsync,
                Addresses = () => [("listening", "http://127.0.0.1:7080")],
                Vitals = () => new EngineVitals(engine.Ledger.Size, engine.Store.OpenHours, engine.Store.Memory.Used, engine.Store.Memory.Limit, health.Failure) { Outage = health.Outage, Refused = engine.Store.Refused },
            },
            intakes, limits, telemetry, engine.Time);
        var started = new EngineFront(engine, front, meter, telemetry) { Takers = intakes };
        started.Listen(meter);
        return started;
    }

    /// <summary>Takes any certificate: which one it is is a test's business.</summary>
    public static SocketsHttpHandler Trusting() => new() { SslOptions = { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null } };

    /// <summary>Posts an OTLP body.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, byte[] body, string type = "application/x-protobuf", string? coding = null)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (coding is not null)
            content.Headers.ContentEncoding.Add(coding);
        return await Otlp.PostAsync(path, content, TestContext.Current.CancellationToken);
    }

    public Task<string> GetAsync(string path) => Main.GetStringAsync(path, TestContext.Current.CancellationToken);

    /// <summary>The lines of an answer.</summary>
    public async Task<string[]> GetLinesAsync(string path) => (await GetAsync(path)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What a counter has come to: "vmobs_ingest_refused_total{reason=busy,signal=logs}".</summary>
    public long Count(string series)
    {
        lock (_counts)
            return _counts.GetValueOrDefault(series);
    }

    public async ValueTask DisposeAsync()
    {
        Main.Dispose();
        Otlp.Dispose();
        await _front.StopAsync(TestContext.Current.CancellationToken);
        await _front.DisposeAsync();
        _listener.Dispose();
        _telemetry.Dispose();
        _meter.Dispose();
        await Engine.DisposeAsync();
    }

    private void Listen(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, tag) in tags)
                labels[name] = $"{tag}";
            var series = $"{instrument.Name}{{{string.Join(',', labels.Select(label => $"{label.Key}={label.Value}"))}}}";
            lock (_counts)
                _counts[series] = _counts.GetValueOrDefault(series) + value;
        });
        _listener.Start();
    }
}
