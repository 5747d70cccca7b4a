using Microsoft.Extensions.Logging.Abstractions;
using VmObs.Config;
using VmObs.Ingest;
using VmObs.Receipts.Gaps;
using VmObs.Scrape;
using VmObs.Scrape.Jobs;
using VmObs.Scrape.Targets;
using VmObs.Signals;
using VmObs.Signals.Decoding;
using VmObs.Signals.Labels;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;

namespace VmObs.Tests.Scrape;

/// <summary>Scrapes of a real server into a real store.</summary>
public sealed class TargetLoopTests
{
    private const string Stale = "stale";

    [Fact]
    public async Task Samples_get_the_target_s_labels_and_the_engine_s_own_series_stand_beside_them()
    {
        await using var world = await World.StartAsync("external_labels: {env: prod, job: never}", "params: {module: [http, x]}\n    static_configs: [{targets: [ADDRESS], labels: {rack: r1, __param_late: yes, empty: ''}}]");
        world.Server.Body = "# TYPE hits counter\nhits{path=\"/\",job=\"mine\",exported_job=\"x\"} 3\nload{empty=\"\"} 0.5\n";
        await world.ScrapeAsync();
        Assert.Equal(
            [
                "hits{env=prod,exported_exported_job=mine,exported_job=x,instance=ADDRESS,job=web,node=127.0.0.1,path=/,rack=r1,service=web} Counter 3",
                "load{env=prod,instance=ADDRESS,job=web,node=127.0.0.1,rack=r1,service=web} Unknown 0.5",
                "scrape_samples_post_metric_relabeling{env=prod,instance=ADDRESS,job=web,node=127.0.0.1,rack=r1,service=web} Unknown 2",
                "scrape_samples_scraped{env=prod,instance=ADDRESS,job=web,node=127.0.0.1,rack=r1,service=web} Unknown 2",
                "scrape_series_added{env=prod,instance=ADDRESS,job=web,node=127.0.0.1,rack=r1,service=web} Unknown 2",
                "up{env=prod,instance=ADDRESS,job=web,node=127.0.0.1,rack=r1,service=web} Unknown 1",
            ],
            (await world.SeriesAsync()).Where(static line => !line.StartsWith("scrape_duration", StringComparison.Ordinal)));
        Assert.Equal("/metrics?module=http&module=x&late=yes", world.Server.Last!.Path);
        Assert.Contains("application/openmetrics-text", world.Server.Last.Accept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Series_that_vanish_get_a_staleness_marker_once_and_come_back()
    {
        await using var world = await World.StartAsync();
        world.Server.Body = "a 1\nb 2\n";
        await world.ScrapeAsync();
        world.Server.Body = "a 3\n";
        await world.ScrapeAsync();
        await world.ScrapeAsync();
        world.Server.Body = "b 4\n";
        await world.ScrapeAsync();
        Assert.Equal("1 3 3 stale", await world.ValuesAsync("a"));
        Assert.Equal("2 stale 4", await world.ValuesAsync("b"));
        Assert.Equal("2 0 0 1", await world.ValuesAsync("scrape_series_added"));
    }

    [Fact]
    public async Task Scrape_that_fails_ends_all_series_and_says_why()
    {
        await using var world = await World.StartAsync();
        world.Server.Body = "a 1\n";
        await world.ScrapeAsync();
        world.Server.Body = "a 2\nb{ 3\n";
        await world.ScrapeAsync();
        Assert.StartsWith("the body cannot be read: line 2: at byte", world.Loop.Status.Error, StringComparison.Ordinal);
        world.Server.Status = 503;
        await world.ScrapeAsync();
        Assert.Equal("the target answered 503 Service Unavailable, want 200", world.Loop.Status.Error);
        Assert.Equal("down", world.Loop.Status.Health);
        (world.Server.Status, world.Server.Body) = (200, "a 5\n");
        await world.ScrapeAsync();
        Assert.Equal(("up", null), (world.Loop.Status.Health, world.Loop.Status.Error));
        Assert.Equal("1 stale 5", await world.ValuesAsync("a"));
        Assert.Equal("1 0 0 1", await world.ValuesAsync("up"));
        Assert.Equal("1 1 0 1", await world.ValuesAsync("scrape_samples_scraped"));
    }

    [Fact]
    public async Task Target_that_is_gone_ends_its_series()
    {
        await using var world = await World.StartAsync();
        world.Server.Body = "a 1\nold 2 1765031415000\n";
        await world.ScrapeAsync();
        world.Engine.Time.Advance(TimeSpan.FromSeconds(1));
        await world.Loop.EndAsync();
        Assert.Equal("1 stale", await world.ValuesAsync("a"));
        Assert.Equal("1 stale", await world.ValuesAsync("up"));
        // Its own times say when it ended.
        Assert.Equal("2", await world.ValuesAsync("old"));
    }

    [Theory]
    [InlineData("sample_limit: 1", "a 1\nb 2\n", "sample_limit: got 2 samples, want at most 1")]
    [InlineData("label_limit: 3", "a{b=\"c\"} 1\n", "label_limit: a has 4 labels, want at most 3")]
    [InlineData("label_name_length_limit: 8", "a{twelve_bytes=\"c\"} 1\n", "label_name_length_limit: a has a label's name of 12 bytes, want at most 8")]
    [InlineData("label_value_length_limit: 25", "a{b=\"thirteen ä characters\",c=\"ä ä ä ä ä ä ä ä ä ä\"} 1\n", "label_value_length_limit: label c of a has 29 bytes, want at most 25")]
    [InlineData("label_limit: 9", "{b=\"c\"} 1\n", "{b=\"c\"} has no name after metric_relabel_configs, want one")]
    [InlineData("metric_relabel_configs: [{regex: __name__, action: labeldrop}]", "a 1\n", "a has no name after metric_relabel_configs, want one")]
    [InlineData("body_size_limit: 8", "a 1\nb 2\nc 3\n", "body_size_limit: got more than 8 bytes")]
    public async Task Scrape_beyond_a_limit_fails_as_a_whole(string limit, string body, string expected)
    {
        await using var world = await World.StartAsync(job: limit + "\n    static_configs: [{targets: [ADDRESS]}]");
        world.Server.Body = body;
        await world.ScrapeAsync();
        Assert.Equal(expected, world.Loop.Status.Error);
        Assert.Equal("0", await world.ValuesAsync("up"));
        Assert.Equal("", await world.ValuesAsync("a"));
    }

    [Fact]
    public async Task Limits_are_of_what_relabelling_leaves()
    {
        await using var world = await World.StartAsync(job: "label_limit: 3\n    metric_relabel_configs: [{regex: b, action: labeldrop}]\n    static_configs: [{targets: [ADDRESS]}]");
        world.Server.Body = "a{b=\"c\"} 1\n";
        await world.ScrapeAsync();
        Assert.Null(world.Loop.Status.Error);
        Assert.Equal("1", await world.ValuesAsync("a"));
    }

    [Fact]
    public async Task Scrape_beyond_a_limit_says_how_many_samples_it_would_have_brought()
    {
        await using var world = await World.StartAsync(job: "sample_limit: 1\n    metric_relabel_configs: [{source_labels: [__name__], regex: c, action: drop}]\n    static_configs: [{targets: [ADDRESS]}]");
        world.Server.Body = "a 1\nb 2\nc 3\n";
        await world.ScrapeAsync();
        world.Server.Status = 500;
        await world.ScrapeAsync();
        Assert.Equal("3 0", await world.ValuesAsync("scrape_samples_scraped"));
        Assert.Equal("2 0", await world.ValuesAsync("scrape_samples_post_metric_relabeling"));
    }

    [Theory]
    [InlineData("honor_labels: true", "x{job=\"mine\",instance=\"\"} 1\n", "x{instance=ADDRESS,job=mine,node=127.0.0.1,service=mine}")]
    [InlineData("metric_relabel_configs: [{source_labels: [__name__], regex: 'y', action: drop}, {regex: b, action: labeldrop}, {target_label: __tmp_a, replacement: c}]", "y 1\nx{b=\"c\"} 1\n", "x{instance=ADDRESS,job=web,node=127.0.0.1,service=web}")]
    [InlineData("honor_timestamps: false", "x 1 1000\n", "x{instance=ADDRESS,job=web,node=127.0.0.1,service=web}")]
    public async Task Job_says_what_becomes_of_labels_and_times(string job, string body, string expected)
    {
        await using var world = await World.StartAsync(job: job + "\n    static_configs: [{targets: [ADDRESS]}]");
        world.Server.Body = body;
        await world.ScrapeAsync();
        Assert.Contains((await world.SeriesAsync()).ToList(), line => line.StartsWith(expected, StringComparison.Ordinal));
        Assert.DoesNotContain((await world.SeriesAsync()).ToList(), static line => line.StartsWith("y{", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("basic_auth: {username: u, password: p}", "Basic dTpw")]
    [InlineData("authorization: {credentials: secret}", "Bearer secret")]
    public async Task Target_is_asked_with_the_job_s_credentials(string job, string expected)
    {
        await using var world = await World.StartAsync(job: job + "\n    static_configs: [{targets: [ADDRESS]}]");
        await world.ScrapeAsync();
        Assert.Equal(expected, world.Server.Last!.Authorization);
    }

    [Fact]
    public async Task OpenMetrics_is_told_by_its_type()
    {
        await using var world = await World.StartAsync();
        (world.Server.ContentType, world.Server.Body) = ("application/openmetrics-text; version=1.0.0; charset=utf-8", "# TYPE a counter\na_total 1 # {trace_id=\"x\"} 1\n# EOF\n");
        await world.ScrapeAsync();
        Assert.Null(world.Loop.Status.Error);
        Assert.Equal("1", await world.ValuesAsync("a_total"));
    }

    [Fact]
    public void Targets_of_a_job_are_spread_over_the_interval_and_keep_their_moment()
    {
        var job = new ScrapeJob { Name = "j", Fingerprint = "" };
        var offsets = Enumerable.Range(0, 200).Select(i => ScrapeTarget.Create(job, new Dictionary<string, string> { ["__address__"] = $"n{i}:1" }, out _, out _)!.OffsetIn(7)).ToList();
        Assert.All(Enumerable.Range(0, 6), tenth => Assert.InRange(offsets.Count(offset => offset.TotalSeconds >= tenth * 10 && offset.TotalSeconds < (tenth + 1) * 10), 15, 60));
        Assert.Equal(offsets[0], ScrapeTarget.Create(job, new Dictionary<string, string> { ["__address__"] = "n0:1" }, out _, out _)!.OffsetIn(7));
    }

    [Fact]
    public void Relabelling_may_change_how_often_a_target_is_scraped()
    {
        var job = new ScrapeJob { Name = "j", Fingerprint = "" };
        var usual = ScrapeTarget.Create(job, new Dictionary<string, string> { ["__address__"] = "n:1" }, out _, out _)!;
        Assert.Equal((job.Interval, job.Timeout), (usual.Interval, usual.Timeout));
        var seldom = ScrapeTarget.Create(job, new Dictionary<string, string> { ["__address__"] = "n:1", ["__scrape_interval__"] = "5m", ["__scrape_timeout__"] = "1m30s" }, out _, out _)!;
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(90)), (seldom.Interval, seldom.Timeout));
        Assert.NotEqual(usual.Key, seldom.Key);
        Assert.Equal(usual.SeriesKey, seldom.SeriesKey);
        Assert.Null(ScrapeTarget.Create(job, new Dictionary<string, string> { ["__address__"] = "n:1", ["__scrape_timeout__"] = "5m" }, out _, out var problem));
        Assert.Equal("job j: target n:1: got __scrape_interval__ \"60000ms\" and __scrape_timeout__ \"5m\", want durations, the timeout no longer than the interval", problem);
    }

    /// <summary>A server, a store, and a loop between them.</summary>
    private sealed class World : IAsyncDisposable
    {
        private readonly ScrapeClient _client;
        private readonly System.Diagnostics.Metrics.Meter _meter = new("VmObs");

        private World(EngineFolder engine, ScrapedServer server, ScrapeJob job)
        {
            (Engine, Server, _client) = (engine, server, new ScrapeClient(job));
            var sinks = new Sinks(engine.Store.MetricSink, engine.Store.LogSink, engine.Store.TraceSink);
            var intakes = Intakes.Create(new RequestDecoder(new IngestRules()), sinks, new IngestLimits(), new IngestMeter(_meter, engine.Gaps), new SinkHealth(NullLogger.Instance, engine.Time), engine.Time);
            var found = job.Static[0];
            var target = ScrapeTarget.Create(job, found.Targets[0], out _, out _)!;
            Loop = new TargetLoop(job, target, _client, intakes.Single(static intake => intake.Signal == Signal.Metrics), NullLogger.Instance, engine.Time);
        }

        public EngineFolder Engine { get; }

        public ScrapedServer Server { get; }

        public TargetLoop Loop { get; }

        public static async Task<World> StartAsync(string global = "scrape_interval: 1m", string job = "static_configs: [{targets: [ADDRESS]}]")
        {
            var server = await ScrapedServer.StartAsync();
            var yaml = $"global:\n  {global}\nscrape_configs:\n  - job_name: web\n    {job}\n".Replace("ADDRESS", server.Address, StringComparison.Ordinal);
            var (config, errors) = new ConfigReader("f.yaml", static _ => null).Read(new StringReader(yaml));
            Assert.Empty(errors);
            return new World(await EngineFolder.OpenAsync(), server, config.ScrapeJobs.Single());
        }

        /// <summary>Scrapes, a second after the time before.</summary>
        public async Task ScrapeAsync()
        {
            Engine.Time.Advance(TimeSpan.FromSeconds(1));
            await Loop.ScrapeAsync(TestContext.Current.CancellationToken);
        }

        public async Task<IEnumerable<string>> SeriesAsync()
        {
            var series = await Engine.SelectAsync(("instance", Server.Address));
            return series.Select(one =>
            {
                var labels = LabelKey.ToList(one.Key.Span).ToDictionary(StringComparer.Ordinal);
                var name = labels["__name__"];
                labels.Remove("__name__");
                return $"{name}{{{string.Join(',', labels.OrderBy(static label => label.Key, StringComparer.Ordinal).Select(static label => $"{label.Key}={label.Value}"))}}} {one.Kind} {Text(one.Values.Span[^1])}"
                    .Replace(Server.Address, "ADDRESS", StringComparison.Ordinal);
            }).Order(StringComparer.Ordinal);
        }

        public async Task<string> ValuesAsync(string metric) =>
            string.Join(' ', (await Engine.SelectAsync(("__name__", metric))).SelectMany(static series => series.Values.ToArray()).Select(Text));

        public async ValueTask DisposeAsync()
        {
            Loop.Dispose();
            _client.Dispose();
            _meter.Dispose();
            await Server.DisposeAsync();
            await Engine.DisposeAsync();
        }

        private static string Text(double value) =>
            BitConverter.DoubleToUInt64Bits(value) == 0x7ff0000000000002 ? Stale : value.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
