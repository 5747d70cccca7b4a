using System.CommandLine;
using VmObs.Cli.Charts;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>vm-obs metrics query, vm-obs metrics list, vm-obs metrics export.</summary>
internal sealed class MetricsCommands(Terminal terminal, ClientOptions options)
{
    // What people are shown a summary of: a week of a series at 15 s is 40,000.
    private const int SummaryLimit = 200_000;
    private const int NamesLimit = 10_000;
    private const string Prometheus = "prometheus";

    private static readonly Listing Samples = new(
        "metrics",
        "samples",
        [],
        [
            OutputColumn.Time("timestamp"), OutputColumn.Text("metric"), OutputColumn.Text("node"), OutputColumn.Text("service"), OutputColumn.Text("labels"),
            OutputColumn.Double("value"), OutputColumn.Text("unit"), OutputColumn.Text("kind"), OutputColumn.Text("category"), OutputColumn.Text("histogram"),
            OutputColumn.Text("exemplars"),
        ]);

    private static readonly Listing Names = new(
        "metric_names",
        "metrics",
        [
            TableColumn.Of("METRIC", "metric"), TableColumn.Of("TYPE", "kind"), TableColumn.Of("UNIT", "unit"), TableColumn.Of("SERIES", "series"),
            TableColumn.Of("NODES", "nodes"),
            new("LAST", static name => ValueText.Format(name.GetProperty("last_value").ValueKind == System.Text.Json.JsonValueKind.Number ? name.GetProperty("last_value").GetDouble() : double.NaN)),
            new("AT", static name => name.Field("last_timestamp"), static _ => CellStyle.Dim),
        ],
        [
            OutputColumn.Text("metric"), OutputColumn.Text("kind"), OutputColumn.Text("unit"), OutputColumn.Text("category"), OutputColumn.Integer("series"),
            OutputColumn.Integer("samples"), OutputColumn.Integer("nodes"), OutputColumn.Time("last_timestamp"), OutputColumn.Double("last_value"),
        ]);

    private static readonly Listing Cardinality = new(
        "cardinality",
        "metrics",
        [TableColumn.Of("BY", "by"), TableColumn.Of("NAME", "name"), TableColumn.Of("SERIES", "series"), TableColumn.Of("VALUES", "values")],
        [OutputColumn.Text("by"), OutputColumn.Text("name"), OutputColumn.Integer("series"), OutputColumn.Integer("values")]);

    private readonly Option<string?> _metric = new("--metric") { Description = "The metric's name.", HelpName = "NAME" };
    private readonly Option<string?> _match = new("--match") { Description = "Of these series, as Prometheus selects them: 'http_requests_total{code=~\"5..\"}'.", HelpName = "SELECTOR" };
    private readonly Option<string[]> _labels = new("--label") { Description = "With this label, or !=, =~, !~ it; may stand more than once.", HelpName = "NAME=VALUE" };
    private readonly Option<string?> _category = new("--category") { Description = "Of this category: system, application, business, security, mesh.", HelpName = "NAME" };
    private readonly Option<bool> _cardinality = new("--cardinality") { Description = "Shows which metrics and labels make the most series." };

    public Command Create() => new("metrics", "Samples of time series.") { CreateQuery(), CreateList(), CreateExport() };

    private DocumentedCommand CreateQuery()
    {
        var query = new DocumentedCommand(
            "query", "Shows series: a chart and a summary of each for people, every sample for programs. Without a time: of the last hour.",
            "vm-obs metrics query --node brick-01 --metric cpu_percent --last 1h", "vm-obs metrics query --match 'node_load1{node=~\"brick-0[1-3]\"}' --last 24h",
            "vm-obs metrics query --category mesh --label region=eu-west --last 24h --output parquet > mesh.parquet")
        {
            options.Node, _metric, _match, _labels, _category, options.From, options.To, options.Last, options.Limit, options.Output,
        };
        query.SetAction((parsed, _) => options.Format(parsed) == OutputFormat.Table
            ? SummarizeAsync(parsed)
            : Samples.ShowAsync(terminal, options, parsed, "/obs/metrics", Parameters(parsed), SummaryLimit));
        return query;
    }

    private DocumentedCommand CreateList()
    {
        var list = new DocumentedCommand(
            "list", "Shows which metrics there are, with their latest samples. Without a time: those of the last hour.",
            "vm-obs metrics list --node brick-01", "vm-obs metrics list --cardinality --last 24h")
        {
            options.Node, _metric, _match, _labels, _category, _cardinality, options.From, options.To, options.Last, options.Limit, options.Output,
        };
        list.SetAction(async (parsed, _) =>
        {
            if (!parsed.GetValue(_cardinality))
                return await Names.ShowAsync(terminal, options, parsed, "/obs/metrics/names", Parameters(parsed), NamesLimit);
            using var client = options.Connect(parsed);
            await Cardinality.ShowAsync(terminal, options, parsed, client.LinesAsync(HttpMethod.Get, "/obs/metrics/cardinality", [.. Parameters(parsed), ClientOptions.Parameter(parsed, options.Limit)]));
            return ExitCodes.Ok;
        });
        return list;
    }

    private DocumentedCommand CreateExport()
    {
        var format = new Option<string>("--format", "--output", "-o")
        {
            Description = "prometheus: OpenMetrics text with times, as `promtool tsdb create-blocks-from openmetrics` takes it; json (one object a line), csv or parquet.",
            DefaultValueFactory = _ => Prometheus,
            HelpName = "prometheus|json|csv|parquet",
        };
        format.AcceptOnlyFromAmong(Prometheus, "openmetrics", "json", "jsonl", "csv", "parquet");
        var export = new DocumentedCommand(
            "export", "Writes samples for other programs. Without a time: all there are.",
            "vm-obs metrics export --from 2025-12-01 --to 2025-12-06 --format prometheus > metrics.om", "vm-obs metrics export --last 24h --metric cpu_percent --format csv > cpu.csv")
        {
            options.Node, _metric, _match, _labels, options.From, options.To, options.Last, format,
        };
        export.SetAction((parsed, _) => parsed.GetValue(format) switch
        {
            "json" or "jsonl" => ExportAsync(parsed, OutputFormat.Json),
            "csv" => ExportAsync(parsed, OutputFormat.Csv),
            "parquet" => ExportAsync(parsed, OutputFormat.Parquet),
            _ => ExportTextAsync(parsed),
        });
        return export;
    }

    private async Task<int> SummarizeAsync(ParseResult parsed)
    {
        using var client = options.Connect(parsed);
        var summary = new MetricSummary();
        var hasMore = false;
        await foreach (var line in client.ListAsync("/obs/metrics", Parameters(parsed), parsed.GetValue(options.Limit) ?? SummaryLimit, more => hasMore = more))
            summary.Add(line);
        var screen = Pager.Begin(terminal, parsed.GetValue(options.NoPager), out var pager);
        await using (pager)
            await summary.WriteAsync(screen);
        if (summary.Samples == 0)
            await terminal.Error.WriteLineAsync(Samples.WhenEmpty);
        if (hasMore)
            await terminal.Error.WriteLineAsync($"stopped at the limit of {summary.Samples} samples; there are more (--limit)");
        return ExitCodes.Ok;
    }

    private async Task<int> ExportAsync(ParseResult parsed, OutputFormat format)
    {
        using var client = options.Connect(parsed);
        using var output = Samples.Open(terminal, format);
        await foreach (var line in client.ListAsync("/obs/metrics", AllTime(parsed), long.MaxValue, static _ => { }))
            await output.WriteAsync(line);
        await output.CompleteAsync();
        return ExitCodes.Ok;
    }

    private async Task<int> ExportTextAsync(ParseResult parsed)
    {
        using var client = options.Connect(parsed);
        await terminal.Out.FlushAsync();
        // The process's own, which is written to by others as well.
        var output = terminal.OpenBytes();
        await client.CopyAsync("/obs/metrics/export", AllTime(parsed), output);
        await output.FlushAsync();
        return ExitCodes.Ok;
    }

    // Where no time is named a list is of the last hour, and an export of everything.
    private List<KeyValuePair<string, string?>> AllTime(ParseResult parsed)
    {
        var parameters = Parameters(parsed);
        if (parsed.GetValue(options.From) is null && parsed.GetValue(options.Last) is null)
            parameters.Add(new("from", "1970-01-01"));
        return parameters;
    }

    private List<KeyValuePair<string, string?>> Parameters(ParseResult parsed) =>
    [
        ClientOptions.Parameter(parsed, options.Node), ClientOptions.Parameter(parsed, _metric), ClientOptions.Parameter(parsed, _match), ClientOptions.Parameter(parsed, _category),
        ClientOptions.Parameter(parsed, options.To), ClientOptions.Parameter(parsed, options.Last), ClientOptions.Parameter(parsed, options.From),
        .. (parsed.GetValue(_labels) ?? []).Select(static label => new KeyValuePair<string, string?>("label", label)),
    ];
}
