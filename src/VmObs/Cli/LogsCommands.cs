using System.CommandLine;
using System.Text.Json;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>vm-obs logs query, vm-obs logs search TEXT, vm-obs logs tail.</summary>
internal sealed class LogsCommands(Terminal terminal, ClientOptions options)
{
    private const int DefaultLimit = 100, DefaultTailLines = 10, MaxTailLines = 10_000, MaxContext = 1_000;

    // Everything that is stored: the last lines are the last whenever they came.
    private const string Beginning = "1970-01-01";

    private readonly Option<string?> _service = new("--service") { Description = "Of this service.", HelpName = "NAME" };
    private readonly Option<string?> _level = new("--level") { Description = "Of this level or above: trace, debug, info, warn, error, fatal.", HelpName = "LEVEL" };
    private readonly Option<string?> _text = new("--text") { Description = "That contain this text in their message or an attribute, in any case.", HelpName = "TEXT" };
    private readonly Option<string?> _order = new("--order") { Description = "newest (first; the default) or oldest.", HelpName = "ORDER" };
    private readonly Option<string?> _fields = new("--fields") { Description = "Fields to show in the table instead of all attributes: trace_id,user.id.", HelpName = "FIELD,…" };
    private readonly Option<int> _context = new("--context", "-C") { Description = "So many lines of the same service and node before and behind each, within an hour of it.", HelpName = "N" };
    private readonly Option<bool> _count = new("--count") { Description = "Only how many there are." };
    private readonly Option<string?> _by = new("--by") { Description = "With --count: for each level, or for each service.", HelpName = "level|service" };
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Goes on with each record as it is stored, until it is ended." };
    private readonly Option<int> _lines = new("--lines", "-n") { Description = "So many of the last ones.", HelpName = "N", DefaultValueFactory = static _ => DefaultTailLines };

    public Command Create()
    {
        _by.AcceptOnlyFromAmong("level", "service");
        _context.Validators.Add(result => Check(result, result.GetValue(_context), MaxContext));
        _lines.Validators.Add(result => Check(result, result.GetValue(_lines), MaxTailLines));
        var query = Leaf(
            "query", "Shows log records.", "vm-obs logs query --service guardian --level error --last 24h", "vm-obs logs query --filter \"http.status_code >= 500 AND message =~ 'timeout|refused'\"",
            "vm-obs logs query --level error --last 7d --count --by service", "vm-obs logs query --node brick-01 --last 1h --output csv > logs.csv");
        query.Options.Add(_text);
        query.SetAction((parsed, _) => ShowAsync(parsed, parsed.GetValue(_text)));
        var text = new Argument<string>("TEXT") { Description = "A text that the message or an attribute contains, in any case." };
        var search = Leaf("search", "Shows log records that contain a text.", "vm-obs logs search \"anchor failed\" --from 2025-12-01", "vm-obs logs search \"anchor failed\" --last 7d --context 5");
        search.Arguments.Add(text);
        search.SetAction((parsed, _) => ShowAsync(parsed, parsed.GetValue(text)));
        return new Command("logs", "Log records.") { query, search, CreateTail() };
    }

    private static void Check(System.CommandLine.Parsing.OptionResult result, int value, int max)
    {
        if (value < 0 || value > max)
            result.AddError($"{result.Option.Name}: got \"{value}\", want a number from 0 to {max}");
    }

    private DocumentedCommand Leaf(string name, string description, params string[] examples) =>
        new(name, $"{description} Without a time: of the last hour.", examples)
        {
            _service, options.Node, _level, options.Filter, options.From, options.To, options.Last, options.Limit, _order, _context, _count, _by, _fields, options.Output,
        };

    private DocumentedCommand CreateTail()
    {
        var tail = new DocumentedCommand(
            "tail", "Shows the last log records, oldest first, and with --follow those that come.",
            "vm-obs logs tail --node brick-01 --follow", "vm-obs logs tail --service guardian --level warn --lines 50")
        {
            _service, options.Node, _level, _text, options.Filter, _lines, _follow, _fields, options.Output,
        };
        tail.SetAction(TailAsync);
        return tail;
    }

    private KeyValuePair<string, string?>[] Conditions(ParseResult parsed, string? text) =>
    [
        ClientOptions.Parameter(parsed, _service), ClientOptions.Parameter(parsed, options.Node), ClientOptions.Parameter(parsed, _level),
        ClientOptions.Parameter(parsed, options.Filter), new("text", text),
    ];

    private async Task<int> ShowAsync(ParseResult parsed, string? text)
    {
        KeyValuePair<string, string?>[] range =
            [ClientOptions.Parameter(parsed, options.From), ClientOptions.Parameter(parsed, options.To), ClientOptions.Parameter(parsed, options.Last)];
        if (parsed.GetValue(_count))
            return await CountAsync(parsed, [.. Conditions(parsed, text), .. range]);
        if (parsed.GetValue(_by) is not null)
            throw new CliException(ExitCodes.Usage, "--by: got it without --count, want both: --count --by level");
        var listing = LogColumns.Listing(parsed.GetValue(_fields));
        KeyValuePair<string, string?>[] parameters = [.. Conditions(parsed, text), .. range, ClientOptions.Parameter(parsed, _order)];
        return parsed.GetValue(_context) is > 0 and var lines
            ? await ShowWithContextAsync(parsed, listing, parameters, lines)
            : await listing.ShowAsync(terminal, options, parsed, "/obs/logs", parameters, DefaultLimit);
    }

    private async Task<int> CountAsync(ParseResult parsed, KeyValuePair<string, string?>[] parameters)
    {
        var by = parsed.GetValue(_by);
        var listing = by is null
            ? new Listing("counts", "log records", [TableColumn.Of("COUNT", "count")], [OutputColumn.Integer("count")])
            : new Listing("counts", "log records", [TableColumn.Of(by.ToUpperInvariant(), by), TableColumn.Of("COUNT", "count")], [OutputColumn.Text(by), OutputColumn.Integer("count")]);
        using var client = options.Connect(parsed);
        await listing.ShowAsync(terminal, options, parsed, client.LinesAsync(HttpMethod.Get, "/obs/logs/count", [.. parameters, new("by", by)]));
        return ExitCodes.Ok;
    }

    private async Task<int> ShowWithContextAsync(ParseResult parsed, Listing listing, KeyValuePair<string, string?>[] parameters, int lines)
    {
        using var client = options.Connect(parsed);
        var found = new List<string>();
        var hasMore = false;
        await foreach (var line in client.ListAsync("/obs/logs", parameters, parsed.GetValue(options.Limit) ?? DefaultLimit, more => hasMore = more))
            found.Add(line);
        var isTable = options.Format(parsed) == OutputFormat.Table;
        var groups = await new LogContext(client, lines).GroupsAsync(found);
        var marked = listing with { Fields = [.. listing.Fields, OutputColumn.Text(LogContext.MatchMember)] };
        using var output = marked.Open(terminal, options.Format(parsed));
        for (var i = 0; i < groups.Count; i++)
        {
            if (i > 0 && isTable)
            {
                await output.FlushAsync();
                await terminal.Out.WriteLineAsync("--");
            }
            foreach (var line in groups[i])
                await output.WriteAsync(line.Marked);
        }
        await output.CompleteAsync();
        if (isTable && groups.Count == 0)
            await terminal.Error.WriteLineAsync(listing.WhenEmpty);
        if (hasMore)
            await terminal.Error.WriteLineAsync($"stopped at the limit of {found.Count} log records; there are more (--limit)");
        return ExitCodes.Ok;
    }

    private async Task<int> TailAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var listing = LogColumns.Listing(parsed.GetValue(_fields));
        var (lines, format) = (parsed.GetValue(_lines), options.Format(parsed));
        using var client = options.Connect(parsed);
        if (!parsed.GetValue(_follow))
        {
            var last = new List<string>();
            if (lines > 0)
                await foreach (var line in client.ListAsync("/obs/logs", [.. Conditions(parsed, parsed.GetValue(_text)), new("from", Beginning)], lines, static _ => { }))
                    last.Add(line);
            last.Reverse();
            await listing.ShowAsync(terminal, options, parsed, last.ToAsyncEnumerable());
            return ExitCodes.Ok;
        }
        if (format == OutputFormat.Parquet)
            throw new CliException(ExitCodes.Usage, "--output: got \"parquet\" with --follow, whose file would never be whole; want table, json or csv");
        using var output = listing.Open(terminal, format);
        await new LogTail(terminal, client).FollowAsync(output, Conditions(parsed, parsed.GetValue(_text)), lines, cancellationToken);
        return ExitCodes.Ok;
    }
}
