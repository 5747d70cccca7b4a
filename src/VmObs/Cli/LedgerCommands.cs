using System.CommandLine;
using System.Text.Json;
using VmObs.Cli.Output;
using VmObs.Cli.Traces;
using VmObs.Ledger.Keys;
using VmObs.Signals.Logs;

namespace VmObs.Cli;

/// <summary>vm-obs query, seal and root: what the ledger says, and makes it say more.</summary>
internal sealed class LedgerCommands(Terminal terminal, ClientOptions options)
{
    private const int DefaultLimit = 100;

    private static readonly string[] s_kindsOfGap = ["refused", "late", "dropped"];

    private static readonly Listing Receipts = new(
        "receipts",
        "receipts",
        [
            TableColumn.Of("SEQ", "seq"), new("TIMESTAMP", static receipt => receipt.Field("timestamp"), static _ => CellStyle.Dim), TableColumn.Of("TYPE", "type"),
            new("WHAT", Summary),
        ],
        [
            OutputColumn.Integer("seq"), OutputColumn.Text("type"), OutputColumn.Time("timestamp"), OutputColumn.Time("sealed_at"),
            OutputColumn.Time("period_start", "period", "start"), OutputColumn.Time("period_end", "period", "end"), OutputColumn.Text("node"),
            OutputColumn.Text("nodes_involved"), OutputColumn.Text("name"), OutputColumn.Text("status"), OutputColumn.Double("duration_ms"), OutputColumn.Text("trace_id"),
            OutputColumn.Text("storage_path"), OutputColumn.Text("content_hash"), OutputColumn.Text("tags"), OutputColumn.Text("idempotency_key"),
            OutputColumn.Text("root_hash"), OutputColumn.Document("receipt"),
        ])
    {
        // The latest so many come from the end, each page in the ledger's order: in one page that is the order of all.
        PageItems = 100_000,
    };

    private static readonly Listing SealedHours = new(
        "sealed",
        "hours",
        [
            TableColumn.Of("FILE", "storage_path"), new("BYTES", static hour => hour.Field("content_length")), TableColumn.Of("HASH", "content_hash"),
        ],
        [
            OutputColumn.Text("signal"), OutputColumn.Time("period_start", "period", "start"), OutputColumn.Time("period_end", "period", "end"),
            OutputColumn.Integer("late_index"), OutputColumn.Text("storage_path"), OutputColumn.Integer("content_length"), OutputColumn.Text("content_hash"),
        ])
    {
        WhenEmpty = "no hour has ended that is not sealed",
    };

    public Command CreateQuery()
    {
        var type = new Option<string?>("--type") { Description = "Of these types: metric_snapshot, log_batch, trace_complete, trace_batch, …", HelpName = "TYPE,…" };
        var query = new DocumentedCommand(
            "query", "Shows receipts, the latest of those that match, in the ledger's order.",
            "vm-obs query --type metric_snapshot --from 2025-12-01",
            "vm-obs query --type log_batch --filter \"log_counts.error > 0\"",
            "vm-obs query --type trace_complete --filter \"duration_ms > 5000\"",
            "# the receipt of one trace", "vm-obs query --type trace_complete --filter \"trace_id == 'trace-abc123'\"",
            "vm-obs query --type alert_fired,alert_resolved --node brick-02",
            "vm-obs query --type slo_report --filter \"overall_status != 'healthy'\"",
            "vm-obs query --type anomaly_detected --last 7d",
            "vm-obs query --from 2025-12-01 --format parquet > observability_dec.parquet")
        {
            type, options.Filter, options.Node, options.From, options.To, options.Last, options.Limit, options.Output,
        };
        query.SetAction((parsed, _) => Receipts.ShowAsync(
            terminal, options, parsed, "/obs/receipts",
            [
                ClientOptions.Parameter(parsed, type), ClientOptions.Parameter(parsed, options.Filter), ClientOptions.Parameter(parsed, options.Node),
                ClientOptions.Parameter(parsed, options.From), ClientOptions.Parameter(parsed, options.To), ClientOptions.Parameter(parsed, options.Last),
                // All of them come page by page from the beginning; only some are the latest.
                new("order", parsed.GetValue(options.Limit) is null && options.Format(parsed) != OutputFormat.Table ? "oldest" : null),
            ],
            DefaultLimit));
        return query;
    }

    public Command CreateSeal()
    {
        var seal = new DocumentedCommand("seal", "Seals every ended hour now; returns when its receipts are durable.", "vm-obs seal", "vm-obs seal --output json") { options.Output };
        seal.SetAction(async (parsed, _) =>
        {
            using var client = options.Connect(parsed);
            await SealedHours.ShowAsync(terminal, options, parsed, client.LinesAsync(HttpMethod.Post, "/obs/seal", []));
            return ExitCodes.Ok;
        });
        return seal;
    }

    public Command CreateRoot()
    {
        var vkey = new Option<bool>("--vkey") { Description = "Print only the verifier key that signs it now, for `verify --vkey` and log tools." };
        var root = new DocumentedCommand("root", "Shows the signed checkpoint over all receipts (ROOT.observability.txt).", "vm-obs root", "vm-obs root --vkey > observability.vkey") { vkey };
        root.SetAction(async (parsed, _) =>
        {
            using var client = options.Connect(parsed);
            await terminal.Out.WriteAsync(await client.TextAsync(parsed.GetValue(vkey) ? "/obs/root/vkey" : "/obs/root"));
            return ExitCodes.Ok;
        });
        return root;
    }

    /// <summary>Lines by level, in the levels' order and without those that have none.</summary>
    private static string Counts(JsonElement receipt)
    {
        var counts = receipt.GetProperty("log_counts");
        var levels = Enum.GetValues<Level>().Select(level => (Name: level.Name(), Count: counts.Field(level.Name()))).Where(level => level.Count is not ("" or "0"));
        return string.Join(", ", levels.Select(level => $"{level.Count} {level.Name}"));
    }

    private static string Summary(JsonElement receipt) => receipt.Field("type") switch
    {
        "obs_metric_snapshot" => $"{receipt.Field("metrics_collected")} samples of {receipt.Field("nodes_reporting")} nodes  {receipt.Field("storage_path")}",
        "obs_log_batch" => $"{Counts(receipt)}  {receipt.Field("storage_path")}",
        "obs_trace_batch" => $"{receipt.Field("trace_count")} traces, {receipt.Field("error_traces")} with errors  {receipt.Field("storage_path")}",
        "obs_trace_complete" => $"{receipt.Field("name")}  {SpanTime.Format(receipt, "duration_ms")}  {receipt.Field("status")}  {receipt.Field("trace_id")}",
        "obs_gap" => Gap(receipt),
        "obs_retention" => $"{receipt.Field("reason")}  {receipt.GetProperty("dropped").Field("bytes")} bytes dropped  {receipt.Field("storage_path")}",
        "obs_operation" when receipt.Field("operation_type") == KeyRotation.OperationType =>
            $"{KeyRotation.OperationType}  {KeyId(receipt, "key")} in place of {KeyId(receipt, "previous_key")}  {receipt.Field("operation_id")}",
        "obs_operation" => $"{receipt.Field("operation_type")}  {receipt.Field("operation_id")}",
        _ => receipt.Field("idempotency_key"),
    };

    // NAME+ID+KEY
    private static string KeyId(JsonElement receipt, string member) => receipt.Field(member).Split('+', 3) is [_, var id, _] ? id : "?";

    private static string Gap(JsonElement receipt)
    {
        var period = receipt.GetProperty("period");
        var what = receipt.Field("reason") == "downtime"
            ? $"no engine, {(receipt.GetProperty("clean_stop").GetBoolean() ? "stopped" : "ended without a stop")}"
            : string.Join(", ", s_kindsOfGap.Where(kind => receipt.GetProperty(kind).EnumerateObject().Any()).Select(kind => $"{kind} {Records(receipt.GetProperty(kind))} records"));
        return $"{what}  {period.Field("start")} to {period.Field("end")}";
    }

    private static decimal Records(JsonElement kind) =>
        kind.EnumerateObject().SelectMany(signal => signal.Value.EnumerateObject()).Sum(reason => decimal.Parse(reason.Value.Field("records"), System.Globalization.CultureInfo.InvariantCulture));
}
