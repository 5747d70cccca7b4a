using System.CommandLine;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>vm-obs logs query, vm-obs logs search TEXT.</summary>
internal sealed class LogsCommands(Terminal terminal, ClientOptions options)
{
    private const int DefaultLimit = 100;

    private static readonly Listing Listing = new(
        "logs",
        "log records",
        [
            new("TIME", static log => log.Field("timestamp"), static _ => CellStyle.Dim),
            new("LEVEL", static log => log.Field("level"), static log => CellStyles.OfLevel(log.Field("level"))),
            TableColumn.Of("SERVICE", "service"), new("NODE", static log => log.Node()), TableColumn.Of("MESSAGE", "message"),
        ],
        [
            OutputColumn.Time("timestamp"), OutputColumn.Text("level"), OutputColumn.Text("service"), OutputColumn.Text("node"), OutputColumn.Text("message"),
            OutputColumn.Text("attributes"), OutputColumn.Text("trace_id"), OutputColumn.Text("span_id"), OutputColumn.Text("caller"), OutputColumn.Text("log_id"),
        ]);

    private readonly Option<string?> _service = new("--service") { Description = "Of this service.", HelpName = "NAME" };
    private readonly Option<string?> _level = new("--level") { Description = "Of this level or above: trace, debug, info, warn, error, fatal.", HelpName = "LEVEL" };
    private readonly Option<string?> _order = new("--order") { Description = "newest (first; the default) or oldest.", HelpName = "ORDER" };

    public Command Create()
    {
        var text = new Argument<string>("TEXT") { Description = "A text that the message or an attribute contains." };
        var query = Leaf("query", "Shows log records.", "vm-obs logs query --service guardian --level error --last 24h", "vm-obs logs query --node brick-01 --last 1h --output csv > logs.csv");
        query.SetAction((parsed, _) => ShowAsync(parsed, null));
        var search = Leaf("search", "Shows log records that contain a text.", "vm-obs logs search \"anchor failed\" --from 2025-12-01");
        search.Arguments.Add(text);
        search.SetAction((parsed, _) => ShowAsync(parsed, parsed.GetValue(text)));
        return new Command("logs", "Log records.") { query, search };
    }

    private DocumentedCommand Leaf(string name, string description, params string[] examples) =>
        new(name, $"{description} Without a time: of the last hour.", examples)
        {
            _service, options.Node, _level, options.From, options.To, options.Last, options.Limit, _order, options.Output,
        };

    private Task<int> ShowAsync(ParseResult parsed, string? text) =>
        Listing.ShowAsync(
            terminal, options, parsed, "/obs/logs",
            [
                ClientOptions.Parameter(parsed, _service), ClientOptions.Parameter(parsed, options.Node), ClientOptions.Parameter(parsed, _level),
                ClientOptions.Parameter(parsed, options.From), ClientOptions.Parameter(parsed, options.To), ClientOptions.Parameter(parsed, options.Last),
                ClientOptions.Parameter(parsed, _order), new("text", text),
            ],
            DefaultLimit);
}
