using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace VmObs.Cli;

/// <summary>vm-obs expire: runs a round of retention now, or shows what one would drop.</summary>
internal sealed class ExpireCommand(Terminal terminal, ClientOptions options)
{
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Shows what would be dropped and drops nothing." };

    public Command Create()
    {
        var expire = new Command("expire", "Drops what is older or more than the configuration keeps (retention), as the engine does every hour; returns when it is gone.")
        {
            _dryRun, options.Output,
        };
        expire.SetAction((parsed, _) => RunAsync(parsed));
        return expire;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using var client = options.Connect(parsed);
        var isDry = parsed.GetValue(_dryRun);
        var (files, bytes, failures) = (0, 0L, 0);
        var table = new Table().Border(TableBorder.None);
        foreach (var column in (string[])["FILE", "REASON", "DROPPED", "BYTES", "REMAINS", "BYTES"])
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))).PadRight(2));
        await foreach (var line in client.LinesAsync(HttpMethod.Post, "/obs/expire", [new("dry_run", isDry ? "true" : null)]))
        {
            if (options.IsJson(parsed))
                await terminal.Out.WriteLineAsync(line);
            using var document = JsonDocument.Parse(line);
            var file = document.RootElement;
            if (file.TryGetProperty("failure", out var failure))
            {
                failures++;
                await terminal.Error.WriteLineAsync($"vm-obs: {Terminal.Plain(failure.GetString()!)}");
                continue;
            }
            files++;
            bytes += file.GetProperty("dropped").GetProperty("bytes").GetInt64();
            table.AddRow(Row(file).Select(cell => new Text(Terminal.Plain(cell))));
        }
        if (!options.IsJson(parsed) && files > 0)
            terminal.Tables().Write(table);
        await terminal.Out.FlushAsync();
        await terminal.Error.WriteLineAsync(files == 0
            ? "nothing has expired"
            : string.Create(CultureInfo.InvariantCulture, $"{(isDry ? "would drop" : "dropped")} {bytes} bytes of {files} files"));
        return failures == 0 ? ExitCodes.Ok : ExitCodes.Findings;
    }

    private static IEnumerable<string> Row(JsonElement file)
    {
        var (dropped, remains) = (file.GetProperty("dropped"), file.GetProperty("remains"));
        var isWhole = remains.ValueKind == JsonValueKind.Null;
        return [file.Field("storage_path"), file.Field("reason"), Classes(dropped), dropped.Field("bytes"), isWhole ? "nothing" : Classes(remains), isWhole ? "0" : remains.Field("bytes")];
    }

    private static string Classes(JsonElement part) => string.Join(", ", part.GetProperty("classes").EnumerateArray().Select(name => name.GetString()));
}
