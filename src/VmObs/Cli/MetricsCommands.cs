using System.CommandLine;
using System.Text.Json;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>vm-obs metrics query.</summary>
internal sealed class MetricsCommands(Terminal terminal, ClientOptions options)
{
    private const int DefaultLimit = 10_000;

    private static readonly Listing Listing = new(
        "metrics",
        "samples",
        [
            new("TIME", static sample => sample.Field("timestamp"), static _ => CellStyle.Dim), TableColumn.Of("METRIC", "metric"), new("NODE", static sample => sample.Node()),
            TableColumn.Of("SERVICE", "service"), new("LABELS", Labels), TableColumn.Of("VALUE", "value"), TableColumn.Of("UNIT", "unit"),
        ],
        [
            OutputColumn.Time("timestamp"), OutputColumn.Text("metric"), OutputColumn.Text("node"), OutputColumn.Text("service"), OutputColumn.Text("labels"),
            OutputColumn.Double("value"), OutputColumn.Text("unit"), OutputColumn.Text("kind"), OutputColumn.Text("category"), OutputColumn.Text("histogram"),
            OutputColumn.Text("exemplars"),
        ]);

    private readonly Option<string?> _metric = new("--metric") { Description = "The metric's name.", HelpName = "NAME" };
    private readonly Option<string[]> _labels = new("--label") { Description = "With this label; may stand more than once.", HelpName = "NAME=VALUE" };

    private readonly Option<string?> _category = new("--category") { Description = "Of this category: system, application, business, security, mesh.", HelpName = "NAME" };

    public Command Create()
    {
        var query = new DocumentedCommand(
            "query", "Shows samples, series after series. Without a time: of the last hour.",
            "vm-obs metrics query --node brick-01 --metric cpu_percent --last 1h", "vm-obs metrics query --category mesh --label region=eu-west --last 24h --output parquet > mesh.parquet")
        {
            options.Node, _metric, _labels, _category, options.From, options.To, options.Last, options.Limit, options.Output,
        };
        query.SetAction((parsed, _) => Listing.ShowAsync(
            terminal, options, parsed, "/obs/metrics",
            [
                ClientOptions.Parameter(parsed, options.Node), ClientOptions.Parameter(parsed, _metric), ClientOptions.Parameter(parsed, _category), ClientOptions.Parameter(parsed, options.From),
                ClientOptions.Parameter(parsed, options.To), ClientOptions.Parameter(parsed, options.Last),
                .. (parsed.GetValue(_labels) ?? []).Select(label => new KeyValuePair<string, string?>("label", label)),
            ],
            DefaultLimit));
        return new Command("metrics", "Samples of time series.") { query };
    }

    private static string Labels(JsonElement sample) =>
        string.Join(", ", sample.GetProperty("labels").EnumerateObject().Where(label => label.Name is not ("node" or "service")).Select(label => $"{label.Name}={label.Value}"));
}
