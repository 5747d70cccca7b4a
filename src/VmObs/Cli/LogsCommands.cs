using System.CommandLine;

namespace VmObs.Cli;

/// <summary>vm-obs logs query, vm-obs logs search TEXT.</summary>
internal sealed class LogsCommands(Terminal terminal, ClientOptions options)
{
    private const int DefaultLimit = 100;

    private static readonly Listing Listing = new(
        ["TIME", "LEVEL", "SERVICE", "NODE", "MESSAGE"],
        log => [log.Field("timestamp"), log.Field("level"), log.Field("service"), log.Node(), log.Field("message")],
        "log records");

    private readonly Option<string?> _service = new("--service") { Description = "Of this service.", HelpName = "NAME" };
    private readonly Option<string?> _level = new("--level") { Description = "Of this level or above: trace, debug, info, warn, error, fatal.", HelpName = "LEVEL" };
    private readonly Option<string?> _order = new("--order") { Description = "newest (first; the default) or oldest.", HelpName = "ORDER" };

    public Command Create()
    {
        var text = new Argument<string>("TEXT") { Description = "A text that the message or an attribute contains." };
        var query = Leaf("query", "Shows log records.");
        query.SetAction((parsed, _) => ShowAsync(parsed, null));
        var search = Leaf("search", "Shows log records that contain a text.");
        search.Arguments.Add(text);
        search.SetAction((parsed, _) => ShowAsync(parsed, parsed.GetValue(text)));
        return new Command("logs", "Log records.") { query, search };
    }

    private Command Leaf(string name, string description) =>
        new(name, $"{description} Without a time: of the last hour.")
        {
            _service, options.Node, _level, options.From, options.To, options.Last, options.Limit, _order, options.Output,
        };

    private Task<int> ShowAsync(ParseResult parsed, string? text) =>
        Listing.ShowAsync(
            terminal, options, parsed, "/obs/logs",
            [
                ClientOptions.Parameter(parsed, _service), ClientOptions.Parameter(parsed, options.Node), ClientOptions.Parameter(parsed, _level),
                ClientOptions.Parameter(parsed, options.From), ClientOptions.Parameter(parsed, options.To), ClientOptions.Parameter(parsed, options.Last),
                ClientOptions.Parameter(parsed, options.Limit), ClientOptions.Parameter(parsed, _order), new("text", text),
            ],
            DefaultLimit);
}
