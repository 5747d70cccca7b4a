using System.Globalization;

namespace VmObs.Demo;

/// <summary>What there is to see in the demo: commands that work as they stand.</summary>
/// <param name="program">How the program was called: "./vm-obs".</param>
/// <param name="server">The engine's address where it is not the default one; else null.</param>
/// <param name="dataFolder">Its data folder, as it was named.</param>
internal sealed class Tour(string program, string? server, string dataFolder)
{
    /// <summary>Writes the list.</summary>
    public IEnumerable<string> Lines(DateTimeOffset now)
    {
        var story = Story.LatestBefore(now);
        yield return $"The mesh: {string.Join(", ", Mesh.Nodes)}; what happens is sent as it happens. At 20 past each hour the guardian's anchors back up.";
        yield return $"Last at {Text(story.Begin)}; SPEC 4 tells of it at {Text(Story.OfTheSpec.Begin)}. Try in another terminal:";
        foreach (var (what, command) in Stops(story))
        {
            yield return "";
            yield return $"  # {what}";
            yield return $"  {program} {command}";
        }
        yield return "";
    }

    private IEnumerable<(string What, string Command)> Stops(Story story) =>
    [
        ("what happened around a time: the SPEC's story", Ask($"correlate --timestamp {Text(Story.OfTheSpec.TimeOf(15))} --window 15m")),
        ("the last one, as it went here", Ask($"correlate --timestamp {Text(story.TimeOf(Story.LastMinute / 2))} --window 15m")),
        ("brick-02 works off the backlog", Ask($"metrics query --node brick-02 --metric cpu_percent --from {Text(story.Begin)} --to {Text(story.End)}")),
        ("the guardian's errors of a day", Ask("logs query --service guardian --level error --last 24h")),
        ("the same in words, from the SPEC's day on", Ask("logs search \"anchor failed\" --from 2025-12-01")),
        ("a settlement that waited for its anchor: SPEC 2.3", Ask("trace show trace-abc123")),
        ("what it waited for", Ask("trace analyze trace-abc123 --find-bottleneck")),
        ("its receipt", Ask("query --type trace_complete --filter \"trace_id == 'trace-abc123'\"")),
        ("settlements of a day that took longer than a second", Ask("trace search --service treasury --duration \">1s\" --last 24h")),
        ("the receipts of all slow and failed ones of the SPEC's day", Ask("query --type trace_complete --from 2025-12-06 --to 2025-12-07")),
        ("an hour of metrics is a file with a receipt", Ask("query --type metric_snapshot --from 2025-12-01")),
        ("this host, which the engine watches by itself", Ask("metrics query --metric cpu_percent --label service=host --last 5m")),
        ("all receipts are under one signed root", Ask("root")),
        ("the key that signs it", Ask("root --vkey")),
        ("a log line, provable to others: SPEC 2.2", Ask("proof log --query \"anchor cycle completed\" --from 2025-12-06T14:30:00Z --to 2025-12-06T14:31:00Z --out anchor.proof")),
        ("a receipt, provable as well", Ask("proof receipt --seq 0 --out receipt.proof")),
        ("what anybody who has the key can check without the engine", $"verify anchor.proof --vkey \"$({program} {Ask("root --vkey")})\""),
        ("nothing was changed: receipts, root and every sealed file", $"verify --data {dataFolder}"),
    ];

    private string Ask(string command) => server is null ? command : $"{command} --server {server}";

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
