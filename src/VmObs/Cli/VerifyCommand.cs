using System.CommandLine;
using System.Text;
using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Receipts;
using VmObs.Verification;

namespace VmObs.Cli;

/// <summary>vm-obs verify: checks a data folder, without an engine or beside one.</summary>
internal sealed class VerifyCommand(Terminal terminal, ClientOptions options)
{
    private readonly Option<string> _data = new("--data") { Description = "The data folder.", DefaultValueFactory = _ => "./data", HelpName = "DIR" };
    private readonly Option<string?> _vkey = new("--vkey")
    {
        Description = "The key that must have signed, NAME+ID+KEY. Without it the folder's own, which proves less.",
        HelpName = "KEY",
    };

    public Command Create()
    {
        var verify = new Command("verify", "Checks receipts, ROOT and every sealed file of a data folder; a running engine is not needed and not in the way. One finding a line.")
        {
            _data, _vkey, options.Output,
        };
        verify.SetAction(RunAsync);
        return verify;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(parsed.GetValue(_data)!);
        var isJson = options.IsJson(parsed);
        var key = ReadKey(folder, parsed.GetValue(_vkey));
        var verifier = new FolderVerifier(folder, key, TimeProvider.System, finding => terminal.Out.WriteLine(isJson ? FindingJson(finding) : Terminal.Plain(finding)));
        FolderReport report;
        try
        {
            report = await verifier.RunAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Findings, $"{folder}: cannot be read: {error.Message}");
        }
        await terminal.Out.WriteLineAsync(isJson ? ReportJson(report, key) : Describe(report, key));
        await terminal.Out.FlushAsync(cancellationToken);
        return report.Findings == 0 ? ExitCodes.Ok : ExitCodes.Findings;
    }

    private NoteKey ReadKey(string folder, string? given)
    {
        var path = Path.Combine(folder, SigningKey.PublicFile);
        try
        {
            if (given is null)
                terminal.Error.WriteLine($"note: the key is the folder's own ({path}); one that you got elsewhere proves more (--vkey)");
            return NoteKey.Parse((given ?? File.ReadAllText(path)).Trim());
        }
        catch (FormatException error)
        {
            throw new CliException(ExitCodes.Usage, $"{(given is null ? path : "--vkey")}: {error.Message}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Usage, $"{error.Message} Is {folder} a data folder (--data)? A folder without its key is verified with --vkey");
        }
    }

    private static string Describe(FolderReport report, NoteKey key) =>
        $"{report.Receipts} receipts, {report.SealedFiles} sealed files, {report.OpenFiles} open files, {report.Findings} findings; signed by {key.Name}"
        + (report.Unsealed == 0 ? "" : $"; {report.Unsealed} significant traces wait for their hour to be sealed");

    private static string FindingJson(string finding) => Json(json => json.WriteString("finding"u8, finding));

    private static string ReportJson(FolderReport report, NoteKey key) => Json(json =>
    {
        json.WriteNumber("receipts"u8, report.Receipts);
        json.WriteNumber("sealed_files"u8, report.SealedFiles);
        json.WriteNumber("open_files"u8, report.OpenFiles);
        json.WriteNumber("unsealed_traces"u8, report.Unsealed);
        json.WriteNumber("findings"u8, report.Findings);
        json.WriteString("signed_by"u8, key.Name);
    });

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
