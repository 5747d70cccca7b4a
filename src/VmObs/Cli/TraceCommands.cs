using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using VmObs.Cli.Output;
using VmObs.Signals;

namespace VmObs.Cli;

/// <summary>vm-obs trace show ID.</summary>
internal sealed class TraceCommands(Terminal terminal, ClientOptions options)
{
    public Command Create()
    {
        var id = new Argument<string>("ID") { Description = "The trace's id: 32 hexadecimal digits." };
        var show = new Command("show", "Shows a trace as a tree of its spans.") { id, options.TextOrJson };
        show.SetAction((parsed, _) => ShowAsync(parsed, parsed.GetValue(id)!));
        return new Command("trace", "Traces.") { show };
    }

    private async Task<int> ShowAsync(ParseResult parsed, string id)
    {
        using var client = options.Connect(parsed);
        var text = await client.TextAsync($"/obs/traces/{Uri.EscapeDataString(id)}");
        if (options.IsJson(parsed))
        {
            await terminal.Out.WriteLineAsync(text);
            return ExitCodes.Ok;
        }
        using var document = JsonDocument.Parse(text);
        terminal.Tables().Write(Tree(document.RootElement));
        return ExitCodes.Ok;
    }

    private static Tree Tree(JsonElement trace)
    {
        var spans = trace.GetProperty("spans").EnumerateArray().ToList();
        var ids = spans.Select(span => span.Field("span_id")).ToHashSet(StringComparer.Ordinal);
        var children = spans.ToLookup(span => ids.Contains(span.Field("parent_span_id")) ? span.Field("parent_span_id") : "");
        var start = StartOf(trace);
        var tree = new Tree(new Text(Terminal.Plain(
            $"{trace.Field("name")}  {trace.Field("start_time")}  {trace.Field("duration_ms")} ms  {trace.Field("status")}  {trace.Field("trace_id")}")));
        // A span that is its own ancestor hangs on no root; every span is shown once all the same.
        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var span in children[""].Concat(spans))
            Add(tree, span, children, start, shown);
        return tree;
    }

    private static long StartOf(JsonElement element) => Rfc3339.TryParse(element.Field("start_time"), out var start) ? start : 0;

    private static void Add(IHasTreeNodes parent, JsonElement span, ILookup<string, JsonElement> children, long traceStart, HashSet<string> shown)
    {
        if (!shown.Add(span.Field("span_id")))
            return;
        var failed = span.Field("status") == "error";
        var note = failed ? $"  ERROR {span.Field("status_message")}".TrimEnd() : "";
        var line = $"{span.Field("name")}  {span.Field("service")}@{span.Node()}  +{(StartOf(span) - traceStart) / 1e6:0.###} ms  {span.Field("duration_ms")} ms{note}";
        var node = parent.AddNode(new Text(Terminal.Plain(line), failed ? new Style(Color.Red) : Style.Plain));
        foreach (var child in children[span.Field("span_id")])
            Add(node, child, children, traceStart, shown);
    }
}
