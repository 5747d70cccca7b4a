using System.CommandLine;
using System.Text.Json;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>vm-obs targets: what is scraped, and how it does.</summary>
internal sealed class TargetsCommand(Terminal terminal, ClientOptions options)
{
    private const string Dropped = "dropped";

    private static readonly Listing Listing = new(
        "targets",
        "targets",
        [
            TableColumn.Of("JOB", "scrapePool"), new("STATE", StateOf, static target => CellStyles.OfStatus(StateOf(target))),
            new("TARGET", static target => StateOf(target) == Dropped ? target.GetProperty("discoveredLabels").Field("__address__") : target.Field("scrapeUrl")),
            new("LAST SCRAPE", static target => IsScraped(target) ? target.Field("lastScrape") : "", static _ => CellStyle.Dim),
            new("TOOK", static target => IsScraped(target) ? $"{target.GetProperty("lastScrapeDuration").GetDouble() * 1000:0} ms" : ""),
            new("SAMPLES", static target => IsScraped(target) ? target.Field("lastScrapeSamples") : ""),
            new("LABELS", static target => Labels(target.GetProperty(StateOf(target) == Dropped ? "discoveredLabels" : "labels"))),
            new("ERROR", static target => target.Field("lastError"), static _ => CellStyle.Red),
        ],
        [
            OutputColumn.Text("job", "scrapePool"), OutputColumn.Text("state", "health"), OutputColumn.Text("url", "scrapeUrl"), OutputColumn.Time("last_scrape", "lastScrape"),
            OutputColumn.Double("last_scrape_seconds", "lastScrapeDuration"), OutputColumn.Integer("samples", "lastScrapeSamples"), OutputColumn.Text("labels"),
            OutputColumn.Text("discovered_labels", "discoveredLabels"), OutputColumn.Text("last_error", "lastError"),
        ]);

    private readonly Option<string?> _job = new("--job") { Description = "Of this job.", HelpName = "NAME" };
    private readonly Option<string?> _state = new("--state") { Description = "Only those that are up, down or not scraped yet, or that relabelling dropped.", HelpName = "up|down|unknown|dropped" };

    public Command Create()
    {
        _state.AcceptOnlyFromAmong("up", "down", "unknown", Dropped);
        var targets = new DocumentedCommand("targets", "Shows what the engine scrapes and how it does.", "vm-obs targets", "vm-obs targets --state down --output json") { _job, _state, options.Output };
        targets.SetAction((parsed, _) => ShowAsync(parsed));
        return targets;
    }

    private async Task<int> ShowAsync(ParseResult parsed)
    {
        using var client = options.Connect(parsed);
        var job = parsed.GetValue(_job);
        using var answer = JsonDocument.Parse(await client.TextAsync("/obs/targets", new KeyValuePair<string, string?>("scrapePool", job)));
        var state = parsed.GetValue(_state);
        var members = answer.RootElement.GetProperty("data");
        var targets = members.GetProperty("activeTargets").EnumerateArray().Concat(members.GetProperty("droppedTargets").EnumerateArray())
            .Where(target => state is null || state == StateOf(target)).Select(static target => target.GetRawText());
        await Listing.ShowAsync(terminal, options, parsed, targets.ToAsyncEnumerable());
        return ExitCodes.Ok;
    }

    private static bool IsScraped(JsonElement target) => StateOf(target) is not (Dropped or "unknown");

    private static string StateOf(JsonElement target) => target.TryGetProperty("health", out var health) ? health.GetString()! : Dropped;

    // The job stands in a column of its own; names with two underscores are not labels of series.
    private static string Labels(JsonElement labels) =>
        string.Join(", ", labels.EnumerateObject().Where(static label => label.Name != "job" && (!label.Name.StartsWith("__", StringComparison.Ordinal) || label.Name.StartsWith("__meta_", StringComparison.Ordinal))).Select(static label => $"{label.Name}={label.Value}"));
}
