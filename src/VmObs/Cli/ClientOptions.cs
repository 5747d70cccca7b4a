using System.CommandLine;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>Options that several commands share. One object a command tree.</summary>
internal sealed class ClientOptions(Terminal terminal)
{
    public Option<string> Server { get; } = new("--server")
    {
        Description = "URL of the running engine (environment: VM_OBS_SERVER).",
        DefaultValueFactory = _ => terminal.Variable("VM_OBS_SERVER") is { Length: > 0 } url ? url : EngineClient.DefaultServer,
        HelpName = "URL",
    };

    public Option<string?> TokenFile { get; } = new("--token-file")
    {
        Description = "File with the token to show the engine; without it the environment's VM_OBS_TOKEN is shown, where there is one.",
        HelpName = "FILE",
    };

    /// <summary>Of commands that list: all formats.</summary>
    public Option<string> Output { get; } = OneOf(new Option<string>("--output", "-o", "--format")
    {
        Description = "table for people; json (one object a line), csv or parquet for programs.",
        DefaultValueFactory = _ => "table",
        HelpName = "table|json|csv|parquet",
    }, "table", "json", "jsonl", "csv", "parquet");

    /// <summary>Of commands that show one thing.</summary>
    public Option<string> TextOrJson { get; } = OneOf(new Option<string>("--output", "-o", "--format")
    {
        Description = "table for people, json for programs: one object a line.",
        DefaultValueFactory = _ => "table",
        HelpName = "table|json",
    }, "table", "json", "jsonl");

    public Option<bool> NoPager { get; } = new("--no-pager") { Description = "Writes an answer that is longer than the screen as it is, without $PAGER or less." };

    public Option<string?> From { get; } = new("--from") { Description = "From this time on: 2025-12-06T14:30:00Z, 2025-12-06, -15m.", HelpName = "TIME" };

    public Option<string?> To { get; } = new("--to") { Description = "Up to but without this time.", HelpName = "TIME" };

    public Option<string?> Last { get; } = new("--last") { Description = "As far back as this: 15m, 1h30m, 24h, 7d, 2w.", HelpName = "DURATION" };

    public Option<string?> Node { get; } = new("--node") { Description = "Of this node: brick-01 or did:vm:node:brick-01.", HelpName = "NODE" };

    public Option<string?> Filter { get; } = new("--filter") { Description = "That match a condition, such as \"duration_ms > 5000 AND status == 'error'\" (docs/ask/filters.md).", HelpName = "EXPR" };

    public Option<int?> Limit { get; } = new("--limit") { Description = "At most so many; without it a table has the first ones, and json, csv and parquet have all.", HelpName = "N" };

    /// <summary>How a list is to be written.</summary>
    public OutputFormat Format(ParseResult parsed) => parsed.GetValue(Output) switch
    {
        "csv" => OutputFormat.Csv,
        "parquet" => OutputFormat.Parquet,
        "json" or "jsonl" => OutputFormat.Json,
        _ => OutputFormat.Table,
    };

    /// <summary>Whether the one thing is shown to a program.</summary>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(TextOrJson) != "table";

    /// <summary>A client of the engine that was named.</summary>
    public EngineClient Connect(ParseResult parsed) => new(parsed.GetValue(Server)!, Token(parsed), new ParameterNames(parsed.CommandResult.Command));

    /// <summary>The token to show; null where there is none.</summary>
    /// <exception cref="CliException">The file cannot be read, or a header cannot hold what it has.</exception>
    public string? Token(ParseResult parsed)
    {
        var (token, from) = (terminal.Variable("VM_OBS_TOKEN"), "VM_OBS_TOKEN");
        if (parsed.GetValue(TokenFile) is { } file)
        {
            try
            {
                (token, from) = (File.ReadAllText(file), file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new CliException(ExitCodes.Usage, $"--token-file: {error.Message}");
            }
        }
        token = token?.Trim();
        if (token?.Any(static c => c is <= ' ' or > '~') == true)
            throw new CliException(ExitCodes.Usage, $"{from}: got a text with spaces, lines or other signs in it, want one token as `vm-obs token create` prints it");
        return token is { Length: > 0 } ? token : null;
    }

    /// <summary>An option's value as a parameter of the API.</summary>
    public static KeyValuePair<string, string?> Parameter<T>(ParseResult parsed, Option<T> option) =>
        new(option.Name.TrimStart('-'), parsed.GetValue(option)?.ToString());

    private static Option<string> OneOf(Option<string> option, params string[] values)
    {
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
