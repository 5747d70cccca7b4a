using System.CommandLine;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>vm-obs proof log, vm-obs proof receipt: bundles that anybody can check offline (`vm-obs verify FILE --vkey KEY`); vm-obs proof ingest:
/// what the journal shows of a request.</summary>
internal sealed class ProofCommands(Terminal terminal, ClientOptions options)
{
    private readonly Option<string?> _query = new("--query", "--text") { Description = "Whose message or an attribute contains this text, in any case.", HelpName = "TEXT" };
    private readonly Option<string?> _id = new("--id") { Description = "With this log_id, where several match.", HelpName = "ID" };
    private readonly Option<string?> _service = new("--service") { Description = "Of this service.", HelpName = "NAME" };
    private readonly Option<string?> _level = new("--level") { Description = "Of this level or above.", HelpName = "LEVEL" };
    private readonly Option<int> _seq = new("--seq") { Description = "The receipt's place in the ledger, from 0.", Required = true, HelpName = "N" };
    private readonly Option<string> _out = new("--out") { Description = "Where the bundle goes.", Required = true, HelpName = "FILE" };

    public Command Create()
    {
        var log = new DocumentedCommand(
            "log", "Proves that a log record stands in a sealed hour, unchanged.",
            "vm-obs proof log --query \"anchor failed\" --from 2025-12-06T14:00:00Z --to 2025-12-06T15:00:00Z --out anchor.proof",
            "vm-obs proof log --last 2h --id log:guardian:2025-12-06T14:30:15.123Z --out anchor.proof")
        {
            _query, _id, _service, options.Node, _level, options.Filter, options.From, options.To, options.Last, _out,
        };
        log.SetAction((parsed, cancellationToken) => WriteAsync(
            parsed, "/obs/proof/log",
            [
                new("text", parsed.GetValue(_query)), ClientOptions.Parameter(parsed, _id), ClientOptions.Parameter(parsed, _service), ClientOptions.Parameter(parsed, options.Node),
                ClientOptions.Parameter(parsed, _level), ClientOptions.Parameter(parsed, options.Filter), ClientOptions.Parameter(parsed, options.From),
                ClientOptions.Parameter(parsed, options.To), ClientOptions.Parameter(parsed, options.Last),
            ], cancellationToken));
        var receipt = new DocumentedCommand("receipt", "Proves that a receipt is in the ledger.", "vm-obs proof receipt --seq 12 --out receipt.proof") { _seq, _out };
        receipt.SetAction((parsed, cancellationToken) => WriteAsync(parsed, "/obs/proof/receipt", [ClientOptions.Parameter(parsed, _seq)], cancellationToken));
        return new Command("proof", "Bundles that prove to others what the engine has, and what its journal shows of a request.") { log, receipt, new IngestProofCommand(terminal, options).Create() };
    }

    private async Task<int> WriteAsync(ParseResult parsed, string path, KeyValuePair<string, string?>[] parameters, CancellationToken cancellationToken)
    {
        var file = parsed.GetValue(_out)!;
        using var client = options.Connect(parsed);
        using var bundle = new MemoryStream();
        await client.CopyAsync(path, parameters, bundle);
        var key = (await client.TextAsync("/obs/root/vkey")).Trim();
        try
        {
            await File.WriteAllBytesAsync(file, bundle.ToArray(), cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Usage, $"--out: {error.Message}");
        }
        await terminal.Out.WriteLineAsync($"{file}: {bundle.Length} bytes; check it with: {terminal.Program} verify {file} --vkey '{key}'");
        return ExitCodes.Ok;
    }
}
