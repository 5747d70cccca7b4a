using System.Text;
using VmObs.Query.Correlation;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;

namespace VmObs.Tests.Query.Correlation;

public sealed class TimelineTests
{
    private const long Second = 1_000_000_000;

    private static readonly TimelineWindow s_window = new(At("2025-12-06T14:35:00Z"), 15 * 60 * Second);

    [Fact]
    public async Task A_percentage_that_rises_is_told_when_it_crosses_a_mark()
    {
        var source = new OneSeries("cpu_percent", "brick-02", time => time < At("2025-12-06T14:20:00Z") ? 38 + (time / Second % 2) : 38 + (3.5 * (time - At("2025-12-06T14:20:00Z")) / (60.0 * Second)));
        Assert.Equal(
            ["14:20:00 brick-02 cpu_percent starts rising", "14:32:00 brick-02 cpu_percent crosses 80%", "14:35:00 brick-02 cpu_percent crosses 90%", "14:36:30 brick-02 cpu_percent crosses 95%"],
            await FindAsync(source, []));
    }

    [Fact]
    public async Task Grave_lines_are_told_once_a_kind_and_rare_ones_where_they_are_new()
    {
        Assert.Equal(
            ["14:25:00 guardian: \"anchor 17 failed\" (2 lines until 14:26:00)", "14:50:00 guardian: \"backlog cleared\""],
            await FindAsync(
                new OneSeries("up", "n", static _ => 1),
                [
                    ("2025-12-06T13:00:00Z", Level.Info, "cycle 1 completed"), ("2025-12-06T14:30:00Z", Level.Info, "cycle 2 completed"),
                    ("2025-12-06T14:25:00Z", Level.Error, "anchor 17 failed"), ("2025-12-06T14:26:00Z", Level.Error, "anchor 18 failed"),
                    ("2025-12-06T14:50:00Z", Level.Info, "backlog cleared"), ("2025-12-06T14:50:01Z", Level.Error, "too late"),
                ]));
    }

    [Fact]
    public async Task The_ledger_tells_of_traces_alerts_and_anomalies_in_the_specs_words()
    {
        string[] receipts =
        [
            """{"type":"obs_trace_complete","trace_id":"trace-abc123","name":"treasury_settlement","timestamp":"2025-12-06T14:30:02.345Z","duration_ms":2345,"status":"ok"}""",
            """{"type":"obs_trace_complete","trace_id":"b","name":"treasury_settlement","timestamp":"2025-12-06T14:40:06Z","duration_ms":6000,"status":"ok"}""",
            """{"type":"obs_trace_complete","trace_id":"c","name":"treasury_settlement","timestamp":"2025-12-06T14:41:08Z","duration_ms":8000,"status":"error"}""",
            """{"type":"obs_alert_fired","alert_id":"a1","name":"HighCPUUsage","node":"did:vm:node:brick-02","timestamp":"2025-12-06T14:35:00Z"}""",
            """{"type":"obs_alert_resolved","alert_id":"a1","name":"HighCPUUsage","timestamp":"2025-12-06T14:49:00Z"}""",
            """{"type":"obs_anomaly_detected","anomaly_id":"x","metric":"treasury.receipts_per_minute","node":"did:vm:node:brick-01","expected_range":{"min":10,"max":50},"observed_value":2,"timestamp":"2025-12-06T14:45:00Z"}""",
            """{"type":"obs_log_batch","storage_path":"telemetry/logs/2025-12-06/hour-15.jsonl.gz","timestamp":"2025-12-06T15:00:00Z"}""",
        ];
        Assert.Equal(
            [
                "14:30:00 trace-abc123 completed (2345ms, normal); 1 more of treasury_settlement until 14:40:00, slowest 6000ms",
                "14:35:00 HighCPUUsage fired on brick-02", "14:41:00 c failed (8000ms, error)", "14:45:00 treasury.receipts_per_minute low", "14:49:00 HighCPUUsage resolved on brick-02",
            ],
            await FindAsync(new OneSeries("up", "n", static _ => 1), [], receipts));
    }

    private static async Task<List<string>> FindAsync(IMetricSource metrics, (string Time, Level Level, string Message)[] lines, params string[] receipts)
    {
        var events = await Timeline.FindAsync(metrics, new Lines(lines), new NoTraces(), receipts.Select(receipt => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(receipt)), s_window, QueryBudget.Unlimited(), TestContext.Current.CancellationToken);
        return [.. events.Select(told => $"{Rfc3339.FormatShort(told.AtUnixNanos)[11..19]} {told.Text}")];
    }

    private static long At(string text) => Rfc3339.TryParse(text, out var time) ? time : throw new FormatException(text);

    private sealed class OneSeries(string name, string node, Func<long, double> valueAt) : IMetricSource
    {
        public async IAsyncEnumerable<SeriesSamples> SelectAsync(MetricQuery query, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var times = new List<long>();
            for (var time = query.FromUnixNanos; time < query.ToUnixNanos; time += 15 * Second)
                times.Add(time);
            await Task.CompletedTask;
            yield return new SeriesSamples(Key(("__name__", name), ("node", node)), MetricKind.Gauge, "", times.ToArray(), times.Select(valueAt).ToArray());
        }

        public IAsyncEnumerable<SeriesDescription> ListAsync(MetricQuery query, CancellationToken cancellationToken) => AsyncEnumerable.Empty<SeriesDescription>();

        public IAsyncEnumerable<SeriesOutline> OutlineAsync(MetricQuery query, CancellationToken cancellationToken) => AsyncEnumerable.Empty<SeriesOutline>();

        private static byte[] Key(params (string Name, string Value)[] labels) =>
            [.. labels.SelectMany(label => (byte[])[(byte)label.Name.Length, .. Encoding.UTF8.GetBytes(label.Name), (byte)label.Value.Length, .. Encoding.UTF8.GetBytes(label.Value)])];
    }

    private sealed class NoTraces : ITraceSource
    {
        public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> GetAsync(TraceId id, QueryBudget budget, CancellationToken cancellationToken) => new([]);

        public IAsyncEnumerable<FoundTrace> SearchAsync(TraceQuery query, CancellationToken cancellationToken) => AsyncEnumerable.Empty<FoundTrace>();

        public ValueTask<IReadOnlyList<TraceId>> FindIdsAsync(string prefix, int limit, QueryBudget budget, CancellationToken cancellationToken) => new([]);
    }

    private sealed class Lines((string Time, Level Level, string Message)[] lines) : ILogSource
    {
        public Task<IReadOnlyList<LogCount>> CountAsync(LogQuery query, QueryBudget budget, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<LogCount>>([]);

        public async IAsyncEnumerable<LogRecord> FindAsync(LogQuery query, QueryBudget budget, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            foreach (var (time, level, message) in lines.Where(line => At(line.Time) >= query.FromUnixNanos && At(line.Time) < query.ToUnixNanos && line.Level >= query.MinLevel && line.Level <= query.MaxLevel))
                yield return new LogRecord(At(time), level, Encoding.UTF8.GetBytes($$"""{"timestamp":"{{time}}","service":"guardian","attributes":{"message":"not this one"},"node":"did:vm:node:brick-02","message":"{{message}}"}"""));
        }
    }
}
