using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using VmObs.Signals.Decoding;
using VmObs.Access;
using VmObs.Api;
using VmObs.Http;
using VmObs.Folder;
using VmObs.HostMetrics;
using VmObs.Ingest;
using VmObs.Proofs;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Config;
using VmObs.Scrape;
using VmObs.Signals.Wire;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Sampling;
using VmObs.Storage.Embedded.Store;
using VmObs.Syslog;
using VmObs.Telemetry;

namespace VmObs.Serve;

/// <summary>A running engine: lock, ledger, store, server, in this order; ended in the opposite one.</summary>
internal sealed class Engine : IAsyncDisposable
{
    private const string MeterName = "VmObs";

    // Within the five seconds in which it ends: what it says of that itself, then that and requests that run; the rest is for what was taken.
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(2), s_doorsClosed = TimeSpan.FromSeconds(4);

    private readonly FolderLock _lock;
    private readonly ObservabilityLedger _ledger;
    private readonly EmbeddedStore _store;
    private readonly GapAccount _gaps;
    private readonly Heartbeat _heartbeat;
    private readonly KeyRotator _rotator;
    private readonly Meter _meter;
    private readonly QueryTelemetry _queries;
    private readonly SinkHealth _health;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _loopsEnd = new();
    private SamplingRecord? _sampling;
    private SelfTelemetry? _telemetry;
    private long _stoppingSince;
    private SyslogDoors? _syslog;
    private Scraper? _scraper;
    private HostCollector? _host;
    private string? _configFile;
    private TokenBook? _tokens;
    private Task _sealing = Task.CompletedTask, _beating = Task.CompletedTask, _syslogging = Task.CompletedTask, _collecting = Task.CompletedTask;

    private Engine(FolderLock folder, ObservabilityLedger ledger, EmbeddedStore store, GapAccount gaps, Heartbeat heartbeat, KeyRotator rotator, HttpFront front, TimeProvider time)
    {
        _rotator = rotator;
        (_lock, _ledger, _store, _gaps, _heartbeat, Front, _time) = (folder, ledger, store, gaps, heartbeat, front, time);
        _meter = new Meter(MeterName);
        _queries = new QueryTelemetry(_meter);
        _health = new SinkHealth(front.Loggers.CreateLogger<SinkHealth>(), time);
    }

    /// <summary>Where it listens, by name.</summary>
    public IEnumerable<(string Name, string Url)> Addresses =>
        [("listening", Front.MainUrl), ("otlp-http", Front.OtlpHttpUrl), ("otlp-grpc", Front.OtlpGrpcUrl), .. _syslog?.Addresses ?? []];

    /// <summary>Its HTTP server.</summary>
    public HttpFront Front { get; }

    /// <summary>Opens the data folder, recovers, and listens.</summary>
    /// <exception cref="IOException">The folder is another engine's or damaged, or an address is taken.</exception>
    public static async Task<Engine> StartAsync(ServeOptions options, TimeProvider time, Action<ILoggingBuilder> logging, CancellationToken cancellationToken)
    {
        var unwind = new Stack<IAsyncDisposable>();
        try
        {
            DiskFolder.Posix.CreateFolder(options.DataFolder);
            var folder = FolderLock.Take(options.DataFolder);
            unwind.Push(new Ends(folder));
            var limits = new IngestLimits { MaxBytesInFlight = options.Config.Storage.InFlightBytes, SourceBytesPerSecond = options.Config.Limits.SourceBytesPerSecond };
            var front = HttpFront.Create(options.Addresses, options.Security, limits, logging);
            unwind.Push(front);
            var ledger = ObservabilityLedger.Open(ToLedgerOptions(options), DiskFolder.Posix, time);
            unwind.Push(ledger);
            var gaps = GapAccount.Open(options.DataFolder, DiskFolder.Posix, ledger, time);
            unwind.Push(new Ends(gaps));
            var heartbeat = Heartbeat.Open(options.DataFolder, DiskFolder.Posix, ledger, gaps, time, front.Loggers.CreateLogger<Heartbeat>());
            unwind.Push(new Ends(heartbeat));
            // After the sign of life of an engine before was looked for, which this one's first receipt is not.
            await ledger.ReceiptKeyCreationAsync(cancellationToken);
            var sampling = new SamplingRecord(ledger, gaps, time);
            var storeOptions = options.Config.ToStoreOptions(options.DataFolder) with
            {
                DerivedFileKey = DerivedFileKey.For("grams", DerivedFileKey.Open(DiskFolder.Posix, options.DataFolder, options.SigningSeed)),
                Sampling = new TraceSampling(SamplingKey.Under(DiskFolder.Posix, options.DataFolder, options.Config.SamplingRules), sampling),
            };
            var store = await EmbeddedStore.OpenAsync(storeOptions, DiskFolder.Posix, new ReceiptLimit(ledger, gaps), time, front.Loggers.CreateLogger<EmbeddedStore>(), cancellationToken);
            unwind.Push(store);
            var engine = new Engine(folder, ledger, store, gaps, heartbeat, new KeyRotator(options.DataFolder, ledger, heartbeat, () => store.Journal), front, time) { _sampling = sampling };
            await engine.ListenAsync(storeOptions.Rules, limits, options, cancellationToken);
            return engine;
        }
        catch
        {
            while (unwind.TryPop(out var opened))
                await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads the configuration file again and takes its scrape_configs over, the rest of it counts from the next start on; then the
    /// tokens file.</summary>
    /// <returns>What is wrong with them; null when all was taken over.</returns>
    public async Task<string?> ReloadAsync()
    {
        var log = Front.Loggers.CreateLogger<Engine>();
        var wrong = new List<string>();
        if (_configFile is null && _tokens is null)
            wrong.Add("no file was named at the start (--config, --tokens-file)");
        try
        {
            if (_configFile is not null && await TakeConfigAsync(_configFile) is { } config)
                wrong.Add(config);
            if (_tokens?.Reload() is { } tokens)
                wrong.Add(tokens);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            wrong.Add(error.Message);
        }
        if (wrong.Count == 0)
        {
            log.LogInformation("read the configuration again");
            return null;
        }
        var text = string.Join("; ", wrong);
        log.LogError("a file is not taken over, what it said before stays in force: {Wrong}", text);
        return text;
    }

    /// <summary>Ends within five seconds: new requests are refused, those that run are answered, what was taken is durable.</summary>
    public async ValueTask DisposeAsync()
    {
        NoteStopping();
        var log = Front.Loggers.CreateLogger<Engine>();
        log.LogInformation("vm-obs is stopping");
        using (var limit = new CancellationTokenSource(s_doorsClosed, TimeProvider.System))
        {
            if (_telemetry is not null && !await _telemetry.FlushAsync(s_lastWords))
                log.LogWarning("what vm-obs says of its end is here alone: its own store did not take it within {Seconds} s", s_lastWords.TotalSeconds);
            await Front.StopAsync(limit.Token);
        }
        if (_scraper is not null)
            await _scraper.DisposeAsync();
        await _loopsEnd.CancelAsync();
        await _collecting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _host?.Dispose();
        await _sealing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _syslogging.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _syslog?.Dispose();
        await _store.DisposeAsync();
        _heartbeat.End(_store.Journal, _stoppingSince);
        await _ledger.DisposeAsync();
        await Front.DisposeAsync();
        _telemetry?.Dispose();
        _queries.Dispose();
        _meter.Dispose();
        _loopsEnd.Dispose();
        _rotator.Dispose();
        _heartbeat.Dispose();
        _gaps.Dispose();
        _lock.Dispose();
    }

    private static LedgerOptions ToLedgerOptions(ServeOptions options) => new(options.DataFolder)
    {
        Origin = options.Config.Scroll.Origin,
        SigningSeed = options.SigningSeed,
        TriggeredBy = options.Config.Receipts.TriggeredBy,
        BusinessContext = options.Config.Receipts.BusinessContext,
    };

    private static QueryLimits ToQueryLimits(LimitsConfig limits) =>
        new(TimeSpan.FromMicroseconds(limits.QueryTimeNanos / 1000), limits.QueryBytesRead, limits.QueryBytesHeld, limits.ConcurrentQueries);

    private async Task ListenAsync(IngestRules rules, IngestLimits limits, ServeOptions options, CancellationToken cancellationToken)
    {
        var sinks = new Sinks(_store.MetricSink, _store.LogSink, _store.TraceSink);
        var intakes = Intakes.Create(new RequestDecoder(rules), sinks, limits, new IngestMeter(_meter, _gaps), _health, _time);
        _scraper = new Scraper(intakes.Single(static intake => intake.Signal == Signal.Metrics), Front.Loggers, _time);
        _configFile = options.ConfigFile;
        _tokens = options.Security.Tokens;
        options.Security.Certificate?.LogTo(Front.Loggers.CreateLogger<CertificateFiles>());
        var ports = new EnginePorts(_store.Metrics, _store.Logs, _store.Traces)
        {
            LogFeed = _store.LogFeed,
            QueryLimits = ToQueryLimits(options.Config.Limits),
            Receipts = _ledger.Reader,
            Log = _ledger.Log,
            Keys = new ScrollKeys(_ledger, _rotator.RotateAsync),
            Proofs = new ProofMaker(_ledger, _store),
            IngestProofs = new IngestProofMaker(options.DataFolder, () => _ledger.PublicKey, _ledger.Reader),
            SealAsync = SealEndedHoursAsync,
            ExpireAsync = _store.ExpireAsync,
            PlanExpiryAsync = _store.PlanExpiryAsync,
            Vitals = Vitals,
            Addresses = () => Addresses,
            Scraper = _scraper,
            ReloadAsync = ReloadAsync,
            // Empty in the moment before the engine watches itself.
            OwnMetrics = isOpenMetrics => _telemetry?.Metrics.Read(isOpenMetrics) ?? (isOpenMetrics ? "# EOF\n" : ""),
        };
        _syslog = SyslogDoors.Open(options.Config.Syslog, options.Security.Certificate, intakes.Single(static intake => intake.Signal == Signal.Logs), Front.Loggers, _time);
        _heartbeat.Prepare(_store.Journal);
        await Front.StartAsync(ports, intakes, limits, _queries, _time);
        // Registered after the server's own: callbacks run in the opposite order, so the time is taken before senders are refused.
        Front.Stopping.Register(NoteStopping);
        await _heartbeat.BeginAsync(_store.Journal, cancellationToken);
        EngineGauges.Register(_meter, Vitals, () => _gaps.HeldBack, () => Front.RefusedConnections, () => _sampling?.SampledOutByRule ?? []);
        _telemetry = SelfTelemetry.Start(Front.OwnOtlpUrl, Front.OwnHeaders, options.Security.Certificate, QueryTelemetry.SourceName, MeterName, Front.Loggers);
        _syslogging = RunAsync("syslog", _syslog.RunAsync);
        await _scraper.SetJobsAsync(options.Config.ScrapeJobs);
        if (options.Config.HostCollector.Enabled)
        {
            _host = new HostCollector(
                new ProcReader("/proc", "/sys/block", options.DataFolder), intakes.Single(static intake => intake.Signal == Signal.Metrics), NodeName.ToShort(Environment.MachineName), Front.Loggers.CreateLogger<HostCollector>(), _time);
            _collecting = RunAsync("the host collector", _host.RunAsync);
        }
        _sealing = RunAsync("sealing", _store.RunAsync);
        _beating = RunAsync("the sign of life", ends => _heartbeat.RunAsync(() => _store.Journal, ends));
        Front.Loggers.CreateLogger<Engine>().LogInformation(
            "vm-obs {Version} takes data at {Otlp} with {Receipts} receipts in its ledger", ProductVersion.Text, Front.OtlpHttpUrl, _ledger.Size);
    }

    private async Task<string?> TakeConfigAsync(string file)
    {
        var (config, errors) = ConfigReader.ReadFile(file);
        if (errors.Count > 0)
            return string.Join("; ", errors);
        await _scraper!.SetJobsAsync(config.ScrapeJobs);
        return null;
    }

    private async Task RunAsync(string what, Func<CancellationToken, Task> loop)
    {
        try
        {
            await loop(_loopsEnd.Token);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // An engine that takes data and never seals it would look well.
            _health.Ended(what, error);
        }
    }

    // What the next start calls downtime begins when senders are first refused.
    private void NoteStopping() => Interlocked.CompareExchange(ref _stoppingSince, _time.GetUtcNow().ToUnixNanos(), 0);

    // Whoever seals wants all of it in the ledger: also what did not make it.
    private async Task<IReadOnlyList<SealedHour>> SealEndedHoursAsync(CancellationToken cancellationToken)
    {
        var hours = await _store.SealEndedHoursAsync(cancellationToken);
        await _gaps.ReceiptAllAsync(cancellationToken);
        return hours;
    }

    private EngineVitals Vitals() => new(_ledger.Size, _store.OpenHours, _store.Memory.Used, _store.Memory.Limit, _health.Failure)
    {
        Outage = _health.Outage,
        Refused = _store.Refused,
        Disk = DiskOf(_ledger.FilePath),
    };

    private static (long FreeBytes, long TotalBytes) DiskOf(string path)
    {
        var drive = new DriveInfo(path);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    }

    private sealed class Ends(IDisposable opened) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            opened.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
