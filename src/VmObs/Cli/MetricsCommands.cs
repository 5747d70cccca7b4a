using System.CommandLine;
using System.Text.Json;

namespace VmObs.Cli;

/// <summary>vm-obs metrics query.</summary>
internal sealed class MetricsCommands(Terminal terminal, ClientOptions options)
{
    private const int DefaultLimit = 10_000;

    private static readonly Listing Listing = new(
        ["TIME", "METRIC", "NODE", "SERVICE", "LABELS", "VALUE", "UNIT"],
        sample =>
        [
            sample.Field("timestamp"), sample.Field("metric"), sample.Node(), sample.Field("service"), Labels(sample), sample.Field("value"), sample.Field("unit"),
        ],
        "samples");

    private readonly Option<string?> _metric = new("--metric") { Description = "The metric's name.", HelpName = "NAME" };
    private readonly Option<string[]> _labels = new("--label") { Description = "With this label; may stand more than once.", HelpName = "NAME=VALUE" };

    private readonly Option<string?> _category = new("--category") { Description = "Of this category: system, application, business, security, mesh.", HelpName = "NAME" };

    public Command Create()
    {
        var query = new Command("query", "Shows samples, series after series. Without a time: of the last hour.")
        {
            options.Node, _metric, _labels, _category, options.From, options.To, options.Last, options.Limit, options.Output,
        };
        query.SetAction((parsed, _) => Listing.ShowAsync(
            terminal, options, parsed, "/obs/metrics",
            [
                ClientOptions.Parameter(parsed, options.Node), ClientOptions.Parameter(parsed, _metric), ClientOptions.Parameter(parsed, _category), ClientOptions.Parameter(parsed, options.From),
                ClientOptions.Parameter(parsed, options.To), ClientOptions.Parameter(parsed, options.Last), ClientOptions.Parameter(parsed, options.Limit),
                .. (parsed.GetValue(_labels) ?? []).Select(label => new KeyValuePair<string, string?>("label", label)),
            ],
            DefaultLimit));
        return new Command("metrics", "Samples of time series.") { query };
    }

    private static string Labels(JsonElement sample) =>
        string.Join(", ", sample.GetProperty("labels").EnumerateObject().Where(label => label.Name is not ("node" or "service")).Select(label => $"{label.Name}={label.Value}"));
}
