using System.Globalization;
using System.Text;
using System.Text.Json;
using VmObs.Cli.Output;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;

namespace VmObs.Cli;

/// <summary>Shows found log records with the lines of the same service and node before and behind them, in groups as grep does.</summary>
/// <param name="lines">So many before, and so many behind.</param>
internal sealed class LogContext(EngineClient client, int lines)
{
    /// <summary>What says of a line whether it was found.</summary>
    public const string MatchMember = "match";

    // Neighbours are looked for so far; what is further away says little about the line.
    private const long ReachNanos = HourId.LengthNanos;

    /// <summary>One line of a group.</summary>
    /// <param name="Position">Its place in the order.</param>
    /// <param name="Json">The document.</param>
    /// <param name="IsMatch">Whether it was found, or stands beside one that was.</param>
    internal sealed record Line(LogPosition Position, string Json, bool IsMatch)
    {
        /// <summary>The document with the member "match", which says whether it was found.</summary>
        public string Marked => $"{{\"{MatchMember}\":{(IsMatch ? "true" : "false")},{Json.AsSpan(1)}";
    }

    /// <summary>Puts the lines around found ones into groups: each in the order of time, neighbours that overlap in one.</summary>
    /// <param name="found">Found documents, in the order in which their groups are to come.</param>
    public async Task<List<List<Line>>> GroupsAsync(IReadOnlyList<string> found)
    {
        var groups = new List<List<Line>>();
        var latest = new Dictionary<(string Service, string Node), List<Line>>();
        foreach (var json in found)
        {
            using var document = JsonDocument.Parse(json);
            var (service, node) = (document.RootElement.Field("service"), document.RootElement.Node());
            var match = new Line(PositionOf(json, document.RootElement), json, IsMatch: true);
            var before = await NeighboursAsync(match, service, node, "newest");
            before.Reverse();
            Line[] around = [.. before, match, .. await NeighboursAsync(match, service, node, "oldest")];
            if (latest.TryGetValue((service, node), out var group) && Overlap(group, around))
            {
                Merge(group, around);
                continue;
            }
            groups.Add(latest[(service, node)] = [.. around]);
        }
        return groups;
    }

    private static bool Overlap(List<Line> group, Line[] around) => Order(group[0], around[^1]) <= 0 && Order(around[0], group[^1]) <= 0;

    private static void Merge(List<Line> group, Line[] around)
    {
        foreach (var line in around)
        {
            var at = group.FindIndex(other => Order(other, line) >= 0);
            if (at < 0)
                group.Add(line);
            else if (Order(group[at], line) != 0)
                group.Insert(at, line);
            else if (line.IsMatch)
                group[at] = line;
        }
    }

    private static int Order(Line a, Line b) => a.Position.CompareTo(b.Position.TimestampUnixNanos, b.Position.Id.Span);

    private static LogPosition PositionOf(string json, JsonElement log) =>
        Rfc3339.TryParse(log.Field("timestamp"), out var time)
            ? LogPosition.Of(new LogRecord(time, Level.Info, Encoding.UTF8.GetBytes(json)))
            : throw new CliException(ExitCodes.NoServer, $"a log record whose timestamp is \"{Terminal.Plain(log.Field("timestamp"))}\", want RFC 3339: is the server a vm-obs?");

    private async Task<List<Line>> NeighboursAsync(Line match, string service, string node, string order)
    {
        var time = match.Position.TimestampUnixNanos;
        var neighbours = new List<Line>();
        KeyValuePair<string, string?>[] parameters =
        [
            new("service", service), new("node", node), new("order", order), new("cursor", match.Position.ToString()), new("limit", lines.ToString(CultureInfo.InvariantCulture)),
            new("from", Rfc3339.Format(time - ReachNanos)), new("to", Rfc3339.Format(time + ReachNanos)),
        ];
        await foreach (var json in client.LinesAsync(HttpMethod.Get, "/obs/logs", parameters))
        {
            using var document = JsonDocument.Parse(json);
            neighbours.Add(new Line(PositionOf(json, document.RootElement), json, IsMatch: false));
        }
        return neighbours;
    }
}
