using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>vm-obs expire: runs a round of retention now, or shows what one would drop.</summary>
internal sealed class ExpireCommand(Terminal terminal, ClientOptions options)
{
    private static readonly Listing Listing = new(
        "expired",
        "files",
        [
            TableColumn.Of("FILE", "storage_path"), TableColumn.Of("REASON", "reason"), new("DROPPED", static file => Classes(file.GetProperty("dropped"))),
            new("BYTES", static file => file.GetProperty("dropped").Field("bytes")), new("REMAINS", static file => IsWhole(file) ? "nothing" : Classes(file.GetProperty("remains"))),
            new("BYTES", static file => IsWhole(file) ? "0" : file.GetProperty("remains").Field("bytes")),
        ],
        [
            OutputColumn.Text("storage_path"), OutputColumn.Text("reason"), OutputColumn.Text("dropped_classes", "dropped", "classes"),
            OutputColumn.Integer("dropped_bytes", "dropped", "bytes"), OutputColumn.Text("remains_classes", "remains", "classes"),
            OutputColumn.Integer("remains_bytes", "remains", "bytes"), OutputColumn.Text("failure"),
        ])
    {
        WhenEmpty = "nothing has expired",
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Shows what would be dropped and drops nothing." };

    public Command Create()
    {
        var expire = new DocumentedCommand(
            "expire", "Drops what is older or more than the configuration keeps (retention), as the engine does every hour; returns when it is gone.",
            "vm-obs expire --dry-run", "vm-obs expire")
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
        var totals = new Totals();
        var lines = ReadAsync(client.LinesAsync(HttpMethod.Post, "/obs/expire", [new("dry_run", isDry ? "true" : null)]), totals, options.Format(parsed) == OutputFormat.Table);
        await Listing.ShowAsync(terminal, options, parsed, lines);
        if (totals.Files > 0)
            await terminal.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{(isDry ? "would drop" : "dropped")} {totals.Bytes} bytes of {totals.Files} files"));
        return totals.Failures == 0 ? ExitCodes.Ok : ExitCodes.Findings;
    }

    /// <summary>Counts what passes; failures are told on the other side, and shown to programs alone.</summary>
    private async IAsyncEnumerable<string> ReadAsync(IAsyncEnumerable<string> lines, Totals totals, bool isForPeople)
    {
        await foreach (var line in lines)
        {
            using var document = JsonDocument.Parse(line);
            var file = document.RootElement;
            if (file.TryGetProperty("failure", out var failure))
            {
                totals.Failures++;
                await terminal.Error.WriteLineAsync($"vm-obs: {Terminal.Plain(failure.GetString()!)}");
                if (isForPeople)
                    continue;
            }
            else
            {
                totals.Files++;
                totals.Bytes += file.GetProperty("dropped").GetProperty("bytes").GetInt64();
            }
            yield return line;
        }
    }

    private static bool IsWhole(JsonElement file) => file.GetProperty("remains").ValueKind == JsonValueKind.Null;

    private static string Classes(JsonElement part) => string.Join(", ", part.GetProperty("classes").EnumerateArray().Select(static name => name.GetString()));

    private sealed class Totals
    {
        public int Files { get; set; }

        public long Bytes { get; set; }

        public int Failures { get; set; }
    }
}
