using System.CommandLine;
using System.Text.Json;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>vm-obs correlate: what happened around a time.</summary>
internal sealed class CorrelateCommand(Terminal terminal, ClientOptions options)
{
    private readonly Option<string> _timestamp = new("--timestamp") { Description = "Around this time: 2025-12-06T14:35:00Z, -15m, now.", DefaultValueFactory = _ => "now", HelpName = "TIME" };
    private readonly Option<string> _window = new("--window") { Description = "So far before it and after it, at most 24h.", DefaultValueFactory = _ => "15m", HelpName = "DURATION" };

    public Command Create()
    {
        var correlate = new DocumentedCommand(
            "correlate",
            "Shows what happened around a time: metrics that left their usual level, what was logged from warn on or for the first time, failed and slow traces, alerts and what else has a receipt. Times are UTC.",
            "vm-obs correlate --timestamp \"2025-12-06T14:35:00Z\" --window 15m",
            "vm-obs correlate --window 1h --output json")
        {
            _timestamp, _window, options.TextOrJson,
        };
        correlate.SetAction((parsed, _) => ShowAsync(parsed));
        return correlate;
    }

    private async Task<int> ShowAsync(ParseResult parsed)
    {
        using var client = options.Connect(parsed);
        var isJson = options.IsJson(parsed);
        var (timestamp, window) = (parsed.GetValue(_timestamp)!, parsed.GetValue(_window)!);
        var count = 0;
        await foreach (var line in client.LinesAsync(HttpMethod.Get, "/obs/correlate", [new("timestamp", timestamp), new("window", window)]))
        {
            if (count++ == 0 && !isJson)
                await terminal.Out.WriteLineAsync($"# Timeline around {timestamp} (±{window}):");
            await terminal.Out.WriteLineAsync(isJson ? line : Describe(line));
        }
        if (count == 0)
            await terminal.Error.WriteLineAsync($"nothing out of the usual around {timestamp} (±{window})");
        return ExitCodes.Ok;
    }

    // "14:20:00 [metric] brick-02 cpu_percent starts rising"
    private static string Describe(string line)
    {
        using var document = JsonDocument.Parse(line);
        var told = document.RootElement;
        return Terminal.Plain($"{told.GetProperty("timestamp").GetString()![11..19]} [{told.Field("source")}] {told.Field("text")}");
    }
}
