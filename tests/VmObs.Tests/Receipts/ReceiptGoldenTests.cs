using System.Text;
using VmObs.Ledger.Receipts;
using VmObs.Receipts;
using VmObs.Signals;
using VmObs.Storage.Embedded;

namespace VmObs.Tests.Receipts;

/// <summary>Each receipt type as SPEC 3.2 writes it, with what the scroll adds.</summary>
public sealed class ReceiptGoldenTests : IDisposable
{
    private readonly LedgerFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task A_metric_hour_is_a_metric_snapshot() => IsReceiptedAs(
        new SealedHour(Signal.Metrics, LedgerFolder.Hour, 0, "telemetry/metrics/2025-12-06/hour-14.parquet", LedgerFolder.Hash('a'), 4096, new JournalSpan(3, 17, LedgerFolder.Hash('b')))
        {
            Metrics = new MetricHourFacts(LedgerFolder.Hash('d'), ["brick-01", "brick-02"], 120, 15000,
                [new("avg_cpu_percent", 34.5), new("max_cpu_percent", double.PositiveInfinity), new("min_cpu_percent", double.NegativeInfinity), new("total_receipts_emitted", double.NaN), new("total_anchors_completed", null)]),
        },
        """
        {"type":"obs_metric_snapshot","snapshot_id":"metrics-2025-12-06-14","timestamp":"2025-12-06T14:00:00Z",
         "period":{"start":"2025-12-06T13:00:00Z","end":"2025-12-06T14:00:00Z"},
         "nodes_reporting":2,"series_collected":120,"metrics_collected":15000,
         "aggregates":{"avg_cpu_percent":34.5,"max_cpu_percent":"+Inf","min_cpu_percent":"-Inf","total_receipts_emitted":"NaN","total_anchors_completed":null},
         "storage_path":"telemetry/metrics/2025-12-06/hour-14.parquet",
         "content_hash":"blake3:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","content_length":4096,
         "records_root":"blake3:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
         "journal":{"from":3,"to":17,"head":"blake3:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
         "tags":["observability","metrics","hourly"],
         "seq":0,"sealed_at":"2025-12-06T14:05:00.000Z","idempotency_key":"seal:telemetry/metrics/2025-12-06/hour-14.parquet"}
        """);

    [Fact]
    public Task A_log_hour_is_a_log_batch() => IsReceiptedAs(
        new SealedHour(Signal.Logs, LedgerFolder.Hour, 0, "telemetry/logs/2025-12-06/hour-14.jsonl.gz", LedgerFolder.Hash('c'), 77, new JournalSpan(1, 1L << 60, LedgerFolder.Hash('b')))
        {
            Logs = new LogHourFacts([0, 12456, 45678, 234, 12, 1], ["guardian", "treasury"]),
        },
        """
        {"type":"obs_log_batch","batch_id":"logs-2025-12-06-14","timestamp":"2025-12-06T14:00:00Z",
         "period":{"start":"2025-12-06T13:00:00Z","end":"2025-12-06T14:00:00Z"},
         "log_counts":{"trace":0,"debug":12456,"info":45678,"warn":234,"error":12,"fatal":1},
         "services_reporting":["guardian","treasury"],
         "storage_path":"telemetry/logs/2025-12-06/hour-14.jsonl.gz",
         "content_hash":"blake3:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","content_length":77,
         "journal":{"from":1,"to":"1152921504606846976","head":"blake3:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
         "tags":["observability","logs","hourly"],
         "seq":0,"sealed_at":"2025-12-06T14:05:00.000Z","idempotency_key":"seal:telemetry/logs/2025-12-06/hour-14.jsonl.gz"}
        """);

    [Fact]
    public Task A_late_trace_hour_of_midnight_is_a_trace_batch_that_names_what_it_amends() => IsReceiptedAs(
        new SealedHour(Signal.Traces, new HourId(LedgerFolder.Hour.Number + 10), 2, "telemetry/traces/2025-12-07/hour-00.late-2.parquet", LedgerFolder.Hash('e'), 9, new JournalSpan(5, 6, LedgerFolder.Hash('b')))
        {
            Traces = new TraceHourFacts(LedgerFolder.Hash('f'), 7, 31, 2, ["portal"], ["portal-01"]),
        },
        """
        {"type":"obs_trace_batch","batch_id":"traces-2025-12-07-00-late-2","amends":"traces-2025-12-07-00","timestamp":"2025-12-07T00:00:00Z",
         "period":{"start":"2025-12-06T23:00:00Z","end":"2025-12-07T00:00:00Z"},
         "trace_count":7,"span_count":31,"error_traces":2,"services_involved":["portal"],"nodes_involved":["portal-01"],
         "storage_path":"telemetry/traces/2025-12-07/hour-00.late-2.parquet",
         "content_hash":"blake3:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","content_length":9,
         "records_root":"blake3:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
         "journal":{"from":5,"to":6,"head":"blake3:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},
         "tags":["observability","traces","hourly"],
         "seq":0,"sealed_at":"2025-12-06T14:05:00.000Z","idempotency_key":"seal:telemetry/traces/2025-12-07/hour-00.late-2.parquet"}
        """);

    [Fact]
    public async Task A_significant_trace_carries_its_trigger_and_context()
    {
        var trace = LedgerFolder.Trace(0) with
        {
            Attributes = new Dictionary<string, string>
            {
                ["user.id"] = "\"did:vm:user:sovereign\"",
                ["settlement_id"] = "\"settle-2025-12-06-001\"",
                ["amount"] = """{"value":9007199254740993,"currency":"USD"}""",
                ["other"] = "1",
            },
        };
        await AssertTraceAsync(trace, """
            {"type":"obs_trace_complete","trace_id":"00000000000000000000000000000001","timestamp":"2025-12-06T14:30:02.345Z",
             "name":"treasury_settlement","duration_ms":2345,"status":"ok","span_count":4,
             "services_involved":["portal","treasury-engine"],"nodes_involved":["portal-01","brick-01"],
             "triggered_by":"did:vm:user:sovereign",
             "business_context":{"settlement_id":"settle-2025-12-06-001","amount":{"value":"9007199254740993","currency":"USD"}},
             "content_hash":"blake3:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","decision":0,
             "tags":["observability","trace","portal","treasury-engine"],
             "seq":0,"sealed_at":"2025-12-06T14:05:00.000Z","idempotency_key":"trace:00000000000000000000000000000001:0"}
            """);
    }

    [Fact]
    public Task A_failed_trace_without_attributes_has_neither_trigger_nor_context() => AssertTraceAsync(
        LedgerFolder.Trace(0) with { Failed = true, EndUnixNanos = 1_765_031_400_001_234_567 },
        """
        {"type":"obs_trace_complete","trace_id":"00000000000000000000000000000001","timestamp":"2025-12-06T14:30:00.001234567Z",
         "name":"treasury_settlement","duration_ms":1.234567,"status":"error","span_count":4,
         "services_involved":["portal","treasury-engine"],"nodes_involved":["portal-01","brick-01"],
         "triggered_by":null,"business_context":{},
         "content_hash":"blake3:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","decision":0,
         "tags":["observability","trace","portal","treasury-engine"],
         "seq":0,"sealed_at":"2025-12-06T14:05:00.000Z","idempotency_key":"trace:00000000000000000000000000000001:0"}
        """);

    [Fact]
    public async Task Lists_stop_at_256_names_and_say_how_many_there_were()
    {
        await using var ledger = _folder.Open();
        string[] names = [.. Enumerable.Range(0, 300).Select(i => $"service-{i:d3}")];
        await ledger.HourSealedAsync(_folder.LogHour(0) with { Logs = new LogHourFacts([0, 0, 0, 0, 0, 0], names) }, TestContext.Current.CancellationToken);
        var receipt = LedgerFolder.Parse(_folder.Lines()[0]);
        Assert.Equal(names.Take(256), receipt.GetProperty("services_reporting").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(300, receipt.GetProperty("services_reporting_total").GetInt32());
    }

    [Theory]
    [InlineData("\u0001")]
    [InlineData("😀")]
    [InlineData("\"")]
    [InlineData("\ud800")]
    public async Task Whatever_names_and_attributes_hold_the_receipt_is_written_and_verifies(string filler)
    {
        var text = string.Concat(Enumerable.Repeat(filler, 2000));
        string[] names = [.. Enumerable.Range(0, 1000).Select(i => $"{i}{text}")];
        string[] context = [.. Enumerable.Range(0, 100).Select(i => $"c{i}")];
        var attributes = context.ToDictionary(name => name, _ => $"[\"{text}\"]");
        attributes["user.id"] = text;
        await using (var ledger = _folder.Open(options: new LedgerOptions(_folder.Path) { BusinessContext = [.. context, "c0"] }))
            await ledger.TracesCompletedAsync([LedgerFolder.Trace(0, text) with { Services = names, Nodes = names, Attributes = attributes }], TestContext.Current.CancellationToken);
        Assert.InRange(Encoding.UTF8.GetByteCount(_folder.Lines()[0]), 1000, ReceiptScroll.MaxLineBytes);
        Assert.Equal(100, LedgerFolder.Parse(_folder.Lines()[0]).GetProperty("business_context_total").GetInt32());
        Assert.True(_folder.Verify().Verified);
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""["\ud800"]""")]
    [InlineData("1e999")]
    [InlineData("no JSON")]
    public async Task An_attribute_without_a_canonical_form_is_kept_as_text(string value)
    {
        await using (var ledger = _folder.Open())
            await ledger.TracesCompletedAsync([LedgerFolder.Trace(0) with { Attributes = new Dictionary<string, string> { ["amount"] = value } }], TestContext.Current.CancellationToken);
        Assert.Equal(value, LedgerFolder.Parse(_folder.Lines()[0]).GetProperty("business_context").GetProperty("amount").GetString());
    }

    private async Task IsReceiptedAs(SealedHour hour, string expected)
    {
        await using var ledger = _folder.Open();
        await ledger.HourSealedAsync(hour, TestContext.Current.CancellationToken);
        AssertEntry(expected);
    }

    private async Task AssertTraceAsync(CompletedTrace trace, string expected)
    {
        await using var ledger = _folder.Open();
        await ledger.TracesCompletedAsync([trace], TestContext.Current.CancellationToken);
        AssertEntry(expected);
    }

    private void AssertEntry(string expected)
    {
        var line = Encoding.UTF8.GetBytes(_folder.Lines().Single());
        Assert.Equal(Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(expected))), Encoding.UTF8.GetString(CanonicalJson.Canonicalize(line, "root_hash")));
        Assert.Matches("\"root_hash\":\"blake3:[0-9a-f]{64}\"", Encoding.UTF8.GetString(line));
    }
}
