using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace VmObs.Cli;

/// <summary>vm-obs targets: what is scraped, and how it does.</summary>
internal sealed class TargetsCommand(Terminal terminal, ClientOptions options)
{
    private const string Dropped = "dropped";

    private static readonly string[] s_columns = ["JOB", "STATE", "TARGET", "LAST SCRAPE", "TOOK", "SAMPLES", "LABELS", "ERROR"];

    private readonly Option<string?> _job = new("--job") { Description = "Of this job.", HelpName = "NAME" };
    private readonly Option<string?> _state = new("--state") { Description = "Only those that are up, down or not scraped yet, or that relabelling dropped.", HelpName = "up|down|unknown|dropped" };

    public Command Create()
    {
        _state.AcceptOnlyFromAmong("up", "down", "unknown", Dropped);
        var targets = new Command("targets", "Shows what the engine scrapes and how it does.") { _job, _state, options.Output };
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
            .Where(target => state is null || state == StateOf(target)).ToList();
        if (options.IsJson(parsed))
        {
            foreach (var target in targets)
                await terminal.Out.WriteLineAsync(target.GetRawText());
            return ExitCodes.Ok;
        }
        if (targets.Count == 0)
            await terminal.Error.WriteLineAsync("no targets match");
        else
            terminal.Tables().Write(Table(targets));
        await terminal.Out.FlushAsync();
        return ExitCodes.Ok;
    }

    private static Table Table(IEnumerable<JsonElement> targets)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var column in s_columns)
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))).PadRight(2));
        foreach (var target in targets)
            table.AddRow(Row(target).Select(static cell => new Text(Terminal.Plain(cell))));
        return table;
    }

    private static string[] Row(JsonElement target)
    {
        var state = StateOf(target);
        if (state == Dropped)
            return [target.Field("scrapePool"), state, target.GetProperty("discoveredLabels").Field("__address__"), "", "", "", Labels(target.GetProperty("discoveredLabels")), ""];
        var isScraped = state != "unknown";
        return
        [
            target.Field("scrapePool"), state, target.Field("scrapeUrl"), isScraped ? target.Field("lastScrape") : "",
            isScraped ? $"{target.GetProperty("lastScrapeDuration").GetDouble() * 1000:0} ms" : "", isScraped ? target.Field("lastScrapeSamples") : "",
            Labels(target.GetProperty("labels")), target.Field("lastError"),
        ];
    }

    private static string StateOf(JsonElement target) => target.TryGetProperty("health", out var health) ? health.GetString()! : Dropped;

    // The job stands in a column of its own; names with two underscores are not labels of series.
    private static string Labels(JsonElement labels) =>
        string.Join(", ", labels.EnumerateObject().Where(static label => label.Name != "job" && (!label.Name.StartsWith("__", StringComparison.Ordinal) || label.Name.StartsWith("__meta_", StringComparison.Ordinal))).Select(static label => $"{label.Name}={label.Value}"));
}
