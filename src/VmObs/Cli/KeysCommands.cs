using System.CommandLine;
using System.Text.Json;
using VmObs.Cli.Output;
using VmObs.Folder;
using VmObs.Receipts;
using VmObs.Storage.Disk;

namespace VmObs.Cli;

/// <summary>vm-obs keys: which keys signed the ledger, another one, and what to hand to an auditor.</summary>
internal sealed class KeysCommands(Terminal terminal, ClientOptions options)
{
    private const string KeysPath = "/obs/keys";

    private static readonly Listing Keys = new(
        "keys",
        "keys",
        [
            TableColumn.Of("ID", "id"), new("SIGNS", static key => key.GetProperty("present").GetBoolean() ? "now" : "before"), new("SINCE", static key => Since(key)),
            TableColumn.Of("RECEIPT", "receipt"), TableColumn.Of("KEY", "key"),
        ],
        [
            OutputColumn.Text("id"), OutputColumn.Text("present"), OutputColumn.Time("since"), OutputColumn.Integer("receipt"), OutputColumn.Text("key"),
            OutputColumn.Text("previous_key"), OutputColumn.Text("note"),
        ]);

    private readonly Option<string?> _out = new("--out") { Description = "Where they go; without it to the screen.", HelpName = "FILE" };
    private readonly Option<bool> _secret = new("--secret") { Description = "The secret that signs, instead: from the data folder of an engine that is stopped. The ledger gets a receipt of it." };
    private readonly Option<string> _data = new("--data") { Description = "The data folder, for --secret.", DefaultValueFactory = _ => "./data", HelpName = "DIR" };

    public Command Create()
    {
        var list = new DocumentedCommand("list", "Shows the keys that signed the ledger, since when, and by which receipt.", "vm-obs keys list", "vm-obs keys list --output json") { options.Output };
        list.SetAction(async (parsed, _) =>
        {
            using var client = options.Connect(parsed);
            await Keys.ShowAsync(terminal, options, parsed, client.LinesAsync(HttpMethod.Get, KeysPath, []));
            return ExitCodes.Ok;
        });
        var rotate = new DocumentedCommand("rotate", "Makes another key that signs from now on, which the one before says in a receipt; returns when all of it is durable.", "vm-obs keys rotate") { options.Output };
        rotate.SetAction(async (parsed, _) =>
        {
            using var client = options.Connect(parsed);
            await Keys.ShowAsync(terminal, options, parsed, client.LinesAsync(HttpMethod.Post, KeysPath + "/rotate", []));
            return ExitCodes.Ok;
        });
        var export = new DocumentedCommand(
            "export", "Writes the public keys, each with what the one before said of it, one object a line, for an auditor.",
            "vm-obs keys export --out scroll.keys", "# the secret, from the folder of a stopped engine", "vm-obs keys export --secret --data ./data --out signing.key")
        {
            _out, _secret, _data,
        };
        export.SetAction((parsed, cancellationToken) => parsed.GetValue(_secret) ? ExportSecretAsync(parsed, cancellationToken) : ExportAsync(parsed, cancellationToken));
        return new Command("keys", "The keys that sign the ledger.") { list, rotate, export };
    }

    private async Task<int> ExportAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var client = options.Connect(parsed);
        var keys = await client.TextAsync(KeysPath);
        if (parsed.GetValue(_out) is not { } file)
        {
            await terminal.Out.WriteAsync(keys);
            return ExitCodes.Ok;
        }
        try
        {
            await File.WriteAllTextAsync(file, keys, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Usage, $"--out: {error.Message}");
        }
        return ExitCodes.Ok;
    }

    private async Task<int> ExportSecretAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(parsed.GetValue(_data)!);
        var secret = Path.Combine(folder, SigningKey.SecretFile);
        if (parsed.GetValue(_out) is not { } target)
            throw new CliException(ExitCodes.Usage, "--out: got nothing, want a file: a secret is written to no screen");
        if (!File.Exists(secret) || !File.Exists(Path.Combine(folder, ObservabilityLedger.RootFile)))
            throw new CliException(ExitCodes.Findings, $"{secret}: found no secret of a ledger, want the data folder of one that has its key (--data)");
        try
        {
            using var held = FolderLock.Take(folder);
            await using var ledger = ObservabilityLedger.Open(new LedgerOptions(folder), DiskFolder.Posix, TimeProvider.System);
            // The receipt comes first: a secret that got out without one would be what nobody knows of.
            await ledger.ReceiptKeyExportAsync(cancellationToken);
            await WriteSecretAsync(target, await File.ReadAllBytesAsync(secret, cancellationToken), cancellationToken);
            await terminal.Out.WriteLineAsync($"{target}: the secret of {ledger.PublicKey}; who has it can sign in this ledger's name. Receipt {ledger.Size - 1} says that it was written");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Findings, error.Message);
        }
        return ExitCodes.Ok;
    }

    private static async Task WriteSecretAsync(string target, byte[] content, CancellationToken cancellationToken)
    {
        var creation = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            creation.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(target, creation);
        await file.WriteAsync(content, cancellationToken);
    }

    private static string Since(JsonElement key) => key.TryGetProperty("since", out var since) ? since.GetString()! : "the beginning";
}
