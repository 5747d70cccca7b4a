using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace VmObs.Cli;

/// <summary>Shows an answer of JSON lines: as they are for programs, as a table for people.</summary>
/// <param name="Columns">The table's heads.</param>
/// <param name="Row">A line's cells.</param>
/// <param name="What">What the lines are: "log records".</param>
internal sealed record Listing(IReadOnlyList<string> Columns, Func<JsonElement, IEnumerable<string>> Row, string What)
{
    /// <summary>Asks and shows.</summary>
    /// <param name="defaultLimit">The engine's own limit where none is given.</param>
    public async Task<int> ShowAsync(
        Terminal terminal, ClientOptions options, ParseResult parsed, string path, IEnumerable<KeyValuePair<string, string?>> parameters, int defaultLimit)
    {
        using var client = options.Connect(parsed);
        var isJson = options.IsJson(parsed);
        var count = 0;
        var table = new Table().Border(TableBorder.None);
        foreach (var column in Columns)
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))).PadRight(2));
        await foreach (var line in client.LinesAsync(HttpMethod.Get, path, parameters))
        {
            count++;
            if (isJson)
                await terminal.Out.WriteLineAsync(line);
            else
                AddRow(table, line);
        }
        if (!isJson && count > 0)
            terminal.Tables().Write(table);
        await terminal.Out.FlushAsync();
        if (!isJson && count == 0)
            await terminal.Error.WriteLineAsync($"no {What} match");
        if (count == (parsed.GetValue(options.Limit) ?? defaultLimit))
            await terminal.Error.WriteLineAsync($"stopped at the limit of {count} {What}; there may be more (--limit)");
        return ExitCodes.Ok;
    }

    private void AddRow(Table table, string line)
    {
        using var document = JsonDocument.Parse(line);
        table.AddRow(Row(document.RootElement).Select(cell => new Text(Terminal.Plain(cell))));
    }
}
