using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus.Remote;
using Snappier;
using VmObs.Config;
using VmObs.Ingest;
using VmObs.Receipts.Gaps;
using VmObs.Scrape;
using VmObs.Scrape.Targets;
using VmObs.Signals;
using VmObs.Signals.Decoding;
using VmObs.Signals.Labels;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;

namespace VmObs.Tests.Scrape;

/// <summary>A server, a store, and the scraper between them, by a clock that the test turns.</summary>
internal sealed class ScrapeWorld : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly System.Diagnostics.Metrics.Meter _meter = new("VmObs");
    private readonly TemporaryFolder _folder = new();
    private readonly Counted _intake;
    private int _version;

    private ScrapeWorld(EngineFolder engine, ScrapedServer server)
    {
        (Engine, Server) = (engine, server);
        var sinks = new Sinks(engine.Store.MetricSink, engine.Store.LogSink, engine.Store.TraceSink);
        var intakes = Intakes.Create(new RequestDecoder(new IngestRules()), sinks, new IngestLimits(), new IngestMeter(_meter, engine.Gaps), new SinkHealth(NullLogger.Instance, engine.Time), engine.Time);
        _intake = new Counted(intakes.Single(static intake => intake.Signal == Signal.Metrics));
        Scraper = new Scraper(_intake, NullLoggerFactory.Instance, engine.Time);
    }

    public EngineFolder Engine { get; }

    public ScrapedServer Server { get; }

    public Scraper Scraper { get; }

    /// <summary>The request that was stored last.</summary>
    public WriteRequest LastRequest => WriteRequest.Parser.ParseFrom(Snappy.DecompressToArray(_intake.LastBody));

    public IReadOnlyList<TargetStatus> Statuses => [.. Scraper.Jobs.SelectMany(static job => job.Statuses)];

    public static async Task<ScrapeWorld> StartAsync() => new(await EngineFolder.OpenAsync(), await ScrapedServer.StartAsync());

    /// <summary>Takes over a configuration with one job, "web"; ADDRESS in it is the server's.</summary>
    public async Task SetJobsAsync(string job, string global = "scrape_timeout: 10s")
    {
        var yaml = $"global:\n  scrape_interval: 1m\n  {global}\nscrape_configs:\n  - job_name: web\n    {job}\n".Replace("ADDRESS", Server.Address, StringComparison.Ordinal);
        var (config, errors) = new ConfigReader("f.yaml", static _ => null).Read(new StringReader(yaml));
        Assert.Empty(errors);
        await Scraper.SetJobsAsync(config.ScrapeJobs);
        _intake.Clear();
    }

    public Task SetNoJobsAsync() => Scraper.SetJobsAsync([]);

    /// <summary>Lets an interval pass; returns once all targets were scraped and what they brought is stored.</summary>
    public async Task ScrapeAsync(int targets = 1)
    {
        Engine.Time.Advance(Interval);
        await StoredAsync(targets);
    }

    /// <summary>Returns once so many more requests are stored.</summary>
    public async Task StoredAsync(int requests)
    {
        for (var i = 0; i < requests; i++)
            await _intake.NextAsync();
    }

    /// <summary>Returns once the job has so many targets.</summary>
    public async Task TargetsAsync(int count)
    {
        while (Statuses.Count != count)
            await Task.Yield();
    }

    /// <summary>Writes a file_sd file: a target a name, all at the server.</summary>
    public async Task<string> WriteTargetsAsync(params string[] names)
    {
        var path = Path.Combine(_folder.Path, "targets.json");
        await File.WriteAllTextAsync(path, $"[{string.Join(',', names.Select(name => $$"""{"targets": ["{{Server.Address}}"], "labels": {"n": "{{name}}"} }"""))}]", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(path, EngineFolder.Start.UtcDateTime.AddSeconds(++_version));
        return path;
    }

    /// <summary>Values of a metric's series with these labels; an empty value is no such label.</summary>
    public async Task<string> ValuesAsync(string metric, params (string Name, string Value)[] labels) =>
        string.Join(' ', (await SelectAsync(metric, labels)).SelectMany(static series => series.Values.ToArray()).Select(static value =>
            BitConverter.DoubleToUInt64Bits(value) == 0x7ff0000000000002 ? "stale" : value.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>Returns once a metric's series end with a staleness marker.</summary>
    public async Task EndedAsync(string metric, params (string Name, string Value)[] labels)
    {
        while (!(await ValuesAsync(metric, labels)).EndsWith("stale", StringComparison.Ordinal))
            await Task.Yield();
    }

    /// <summary>Times of a metric's samples.</summary>
    public async Task<IReadOnlyList<DateTimeOffset>> TimesAsync(string metric) =>
        [.. (await SelectAsync(metric, [])).SelectMany(static series => series.TimestampsUnixNanos.ToArray()).Select(static nanos => DateTimeOffset.UnixEpoch.AddTicks(nanos / TimeSpan.NanosecondsPerTick))];

    public async ValueTask DisposeAsync()
    {
        await Scraper.DisposeAsync();
        _meter.Dispose();
        await Server.DisposeAsync();
        await Engine.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<IEnumerable<SeriesSamples>> SelectAsync(string metric, (string Name, string Value)[] labels) =>
        (await Engine.SelectAsync(("__name__", metric))).Where(series =>
        {
            var has = LabelKey.ToList(series.Key.Span).ToDictionary(StringComparer.Ordinal);
            return labels.All(label => has.GetValueOrDefault(label.Name, "") == label.Value);
        });

    /// <summary>Tells of each request that is stored.</summary>
    private sealed class Counted(IIntake intake) : IIntake
    {
        private readonly Channel<bool> _stored = Channel.CreateUnbounded<bool>();

        public Signal Signal => intake.Signal;

        public byte[] LastBody { get; private set; } = [];

        public async ValueTask<IntakeResult> TakeAsync(PipeReader body, WireFormat format, ContentCoding coding, long? length, GapSource source, CancellationToken cancellationToken)
        {
            var read = await body.ReadAtLeastAsync((int)length!, cancellationToken);
            LastBody = read.Buffer.ToArray();
            body.AdvanceTo(read.Buffer.Start);
            var result = await intake.TakeAsync(body, format, coding, length, source, cancellationToken);
            _stored.Writer.TryWrite(true);
            return result;
        }

        public IntakeResult Refuse(IntakeOutcome outcome, string message, in GapSource source) => intake.Refuse(outcome, message, source);

        public async Task NextAsync() => await _stored.Reader.ReadAsync(TestContext.Current.CancellationToken);

        public void Clear()
        {
            while (_stored.Reader.TryRead(out _))
            {
            }
        }
    }
}
