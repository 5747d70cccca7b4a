using System.CommandLine;
using System.Text.Json;
using VmObs.Cli.Output;
using VmObs.Cli.Traces;

namespace VmObs.Cli;

/// <summary>vm-obs trace show ID, vm-obs trace search, vm-obs trace analyze ID.</summary>
internal sealed class TraceCommands(Terminal terminal, ClientOptions options)
{
    private const int DefaultLimit = 20;

    private static readonly Listing Listing = new(
        "traces",
        "traces",
        [
            new("START", static trace => trace.Field("start_time"), static _ => CellStyle.Dim), new("DURATION", static trace => SpanTime.Format(trace, "duration_ms")),
            new("STATUS", static trace => trace.Field("status"), static trace => CellStyles.OfStatus(trace.Field("status"))), TableColumn.Of("SERVICE", "service"),
            TableColumn.Of("NAME", "name"), TableColumn.Of("SPANS", "span_count"), TableColumn.Of("ERRORS", "error_count"), TableColumn.Of("TRACE", "trace_id"), new("SERVICES", Services),
        ],
        [
            OutputColumn.Text("trace_id"), OutputColumn.Text("name"), OutputColumn.Text("service"), OutputColumn.Time("start_time"), OutputColumn.Time("end_time"),
            OutputColumn.Double("duration_ms"), OutputColumn.Text("status"), OutputColumn.Integer("span_count"), OutputColumn.Integer("error_count"), OutputColumn.Text("services"),
        ]);

    private readonly Argument<string> _id = new("ID") { Description = "The trace's id: 32 hexadecimal digits or the first of them, or the text under which it was sent." };
    private readonly Option<string?> _service = new("--service") { Description = "A span is of this service.", HelpName = "NAME" };
    private readonly Option<string?> _name = new("--name") { Description = "A span has this name.", HelpName = "NAME" };
    private readonly Option<string?> _duration = new("--duration") { Description = "The trace took this long: \">1s\", \"<=250ms\", \"1s..5s\".", HelpName = "BOUNDS" };
    private readonly Option<string?> _status = new("--status") { Description = "ok, or error: a span failed.", HelpName = "ok|error" };
    private readonly Option<string[]> _tags = new("--tag") { Description = "A span has this attribute, or its resource does; may stand more than once.", HelpName = "NAME=VALUE" };
    private readonly Option<string?> _filter = new("--filter") { Description = "A condition over the whole trace, such as \"duration_ms > 5000 AND http.method == 'POST'\".", HelpName = "CONDITION" };
    private readonly Option<bool> _findBottleneck = new("--find-bottleneck") { Description = "Names the span that bounds the trace, and compares it with what such spans usually take." };

    public Command Create()
    {
        var show = new DocumentedCommand("show", "Shows a trace as a tree of its spans, on one axis of time.", "vm-obs trace show trace-abc123", "vm-obs trace show 4bf92f35 --output json") { _id, options.TextOrJson };
        show.SetAction((parsed, _) => ShowAsync(parsed, parsed.GetValue(_id)!));
        var search = new DocumentedCommand(
            "search", "Shows traces, newest first. Without a time: of the last hour. --service, --name and --tag speak of one span, the others of the trace.",
            "vm-obs trace search --service treasury --duration \">1s\" --last 24h", "vm-obs trace search --status error --tag http.method=POST --limit 100",
            "vm-obs trace search --filter \"span_count >= 20\" --last 7d --output csv > traces.csv")
        {
            _service, _name, _duration, _status, _tags, _filter, options.From, options.To, options.Last, options.Limit, options.Output,
        };
        search.SetAction((parsed, _) => SearchAsync(parsed));
        var analyze = new DocumentedCommand(
            "analyze", "Shows where a trace's time went: its critical path, and how long services worked themselves.",
            "vm-obs trace analyze trace-abc123 --find-bottleneck", "vm-obs trace analyze 4bf92f35") { _id, _findBottleneck, options.TextOrJson };
        analyze.SetAction((parsed, _) => AnalyzeAsync(parsed, parsed.GetValue(_id)!));
        return new Command("trace", "Traces.") { show, search, analyze };
    }

    private static string Services(JsonElement trace) => string.Join(", ", trace.GetProperty("services").EnumerateArray().Select(service => service.GetString()));

    private static string PathOf(string id) => $"/obs/traces/{Uri.EscapeDataString(id)}";

    private async Task<int> ShowAsync(ParseResult parsed, string id)
    {
        using var client = options.Connect(parsed);
        var text = await client.TextAsync(PathOf(id));
        if (options.IsJson(parsed))
        {
            await terminal.Out.WriteLineAsync(text);
            return ExitCodes.Ok;
        }
        using var trace = JsonDocument.Parse(text);
        using var analysis = JsonDocument.Parse(await client.TextAsync($"{PathOf(id)}/analysis", new KeyValuePair<string, string?>("compare", "false")));
        var screen = Pager.Begin(terminal, parsed.GetValue(options.NoPager), out var pager);
        await using (pager)
            await new Waterfall(screen, trace.RootElement, analysis.RootElement).WriteAsync();
        return ExitCodes.Ok;
    }

    private Task<int> SearchAsync(ParseResult parsed) => Listing.ShowAsync(
        terminal, options, parsed, "/obs/traces",
        [
            ClientOptions.Parameter(parsed, _service), ClientOptions.Parameter(parsed, _name), ClientOptions.Parameter(parsed, _duration), ClientOptions.Parameter(parsed, _status),
            ClientOptions.Parameter(parsed, _filter), ClientOptions.Parameter(parsed, options.From), ClientOptions.Parameter(parsed, options.To), ClientOptions.Parameter(parsed, options.Last),
            .. (parsed.GetValue(_tags) ?? []).Select(tag => new KeyValuePair<string, string?>("tag", tag)),
        ],
        DefaultLimit);

    private async Task<int> AnalyzeAsync(ParseResult parsed, string id)
    {
        using var client = options.Connect(parsed);
        var compares = parsed.GetValue(_findBottleneck);
        var text = await client.TextAsync($"{PathOf(id)}/analysis", new KeyValuePair<string, string?>("compare", compares ? "true" : "false"));
        if (options.IsJson(parsed))
        {
            await terminal.Out.WriteLineAsync(text);
            return ExitCodes.Ok;
        }
        using var analysis = JsonDocument.Parse(text);
        var screen = Pager.Begin(terminal, parsed.GetValue(options.NoPager), out var pager);
        await using (pager)
            await new AnalysisReport(screen, analysis.RootElement).WriteAsync(compares);
        return ExitCodes.Ok;
    }
}
