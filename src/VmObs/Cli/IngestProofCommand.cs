using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using VmObs.Cli.Output;
using VmObs.Ingest;
using VmObs.Ledger.Checkpoints;

namespace VmObs.Cli;

/// <summary>vm-obs proof ingest HEADER: shows the request, whose answer bore the header, in the journal's chain, and says what that proves and what not.</summary>
internal sealed class IngestProofCommand(Terminal terminal, ClientOptions options)
{
    private readonly Argument<string> _header = new("HEADER") { Description = $"What the answer's {ReceiptHeader.Name} says, or the header's whole line." };

    public Command Create()
    {
        var ingest = new DocumentedCommand(
            "ingest", "Shows that the journal has a request, by the receipt in the answer to it. Exit code 1 when the journal is not as the receipt says.",
            "vm-obs proof ingest 1234:5f2c…", "vm-obs proof ingest \"VM-Obs-Receipt: 1234:5f2c…\" --output json")
        {
            _header, options.TextOrJson,
        };
        ingest.SetAction((parsed, _) => RunAsync(parsed));
        return ingest;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var given = parsed.GetValue(_header)!;
        if (!IngestReceipt.TryParse(ValueOf(given), out var receipt))
            throw new CliException(ExitCodes.Usage, $"HEADER: got \"{given}\", want a position, a colon and 64 lower-case hex digits, as {ReceiptHeader.Name} says");
        using var client = options.Connect(parsed);
        var answer = await client.TextAsync("/obs/proof/ingest", new KeyValuePair<string, string?>("receipt", receipt.ToString()));
        using var proof = JsonDocument.Parse(answer);
        if (options.IsJson(parsed))
            await terminal.Out.WriteLineAsync(answer);
        else
            await WriteAsync(proof.RootElement);
        await terminal.Out.FlushAsync();
        return proof.RootElement.Field("outcome") == "fails" ? ExitCodes.Findings : ExitCodes.Ok;
    }

    // "VM-Obs-Receipt: 17:5f2c…" as curl -i prints it.
    private static ReadOnlySpan<char> ValueOf(string given)
    {
        var text = given.AsSpan().Trim();
        return text.StartsWith(ReceiptHeader.Name + ":", StringComparison.OrdinalIgnoreCase) ? text[(ReceiptHeader.Name.Length + 1)..].Trim() : text;
    }

    private async Task WriteAsync(JsonElement proof)
    {
        await terminal.Out.WriteLineAsync(proof.Field("outcome") switch
        {
            "holds" => "the journal has the request",
            "not_kept" => "the journal does not keep the request any more",
            _ => Terminal.Plain("the journal is not as the receipt says: " + proof.Field("fault")),
        });
        if (proof.TryGetProperty("record", out var record))
        {
            foreach (var field in record.EnumerateObject())
                await terminal.Out.WriteLineAsync($"  {field.Name.Replace('_', ' '),-14}{Terminal.Plain(Text(field.Value))}");
        }
        await WriteAsync("shown:", proof.GetProperty("proven"));
        await WriteAsync("not shown:", proof.GetProperty("not_proven"));
    }

    private async Task WriteAsync(string title, JsonElement statements)
    {
        if (statements.GetArrayLength() > 0)
            await terminal.Out.WriteLineAsync(title);
        foreach (var statement in statements.EnumerateArray())
            await terminal.Out.WriteLineAsync($"  - {Terminal.Plain(statement.GetString()!)}");
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetInt64().ToString(CultureInfo.InvariantCulture) : value.GetString()!;
}
