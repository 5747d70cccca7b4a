using System.CommandLine;
using System.Text;
using System.Text.Json;
using VmObs.Cli.Output;
using VmObs.Ledger.Checkpoints;
using VmObs.Receipts;
using VmObs.Storage.Embedded.Verify;
using VmObs.Verification;

namespace VmObs.Cli;

/// <summary>vm-obs verify: checks a data folder, without an engine or beside one.</summary>
internal sealed class VerifyCommand(Terminal terminal, ClientOptions options)
{
    private readonly Argument<string?> _bundle = new("BUNDLE")
    {
        Description = "A bundle that `vm-obs proof` made; without one the data folder is checked.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _data = new("--data") { Description = "The data folder.", DefaultValueFactory = _ => "./data", HelpName = "DIR" };
    private readonly Option<string?> _vkey = new("--vkey")
    {
        Description = "The key that must have signed, NAME+ID+KEY, or an earlier one: rotations are followed. Without it the folder's own, which proves less.",
        HelpName = "KEY",
    };

    private readonly Option<string?> _root = new("--root")
    {
        Description = "A ROOT.observability.txt of an earlier time that you kept elsewhere: the ledger must have grown from it.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _records = new("--records")
    {
        Description = "Also reads every record: what receipts say of numbers, names and leaf hashes is held against the files. Takes many times as long.",
    };

    private readonly Option<bool> _journal = new("--journal")
    {
        Description = "Also replays the journal that is kept against the records: names what was dropped, added or changed between it and the sealed hours.",
    };

    public Command Create()
    {
        var verify = new DocumentedCommand(
            "verify", "Checks receipts, ROOT and every sealed file of a data folder, one finding a line, or one bundle; a running engine is not needed and not in the way.",
            "vm-obs verify --data ./data --vkey 'NAME+ID+KEY'", "vm-obs verify --data ./data --records", "vm-obs verify --data ./data --journal", "vm-obs verify anchor.proof --vkey 'NAME+ID+KEY'")
        {
            _bundle, _data, _vkey, _root, _records, _journal, options.TextOrJson,
        };
        verify.SetAction((parsed, cancellationToken) => parsed.GetValue(_bundle) is { } file
            ? new BundleCheck(terminal).RunAsync(file, parsed.GetValue(_vkey), options.IsJson(parsed))
            : RunAsync(parsed, cancellationToken));
        return verify;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(parsed.GetValue(_data)!);
        var isJson = options.IsJson(parsed);
        var key = ReadKey(folder, parsed.GetValue(_vkey));
        var keptRoot = ReadRoot(parsed.GetValue(_root));
        var depth = parsed.GetValue(_journal) ? VerificationDepth.Journal : parsed.GetValue(_records) ? VerificationDepth.Records : VerificationDepth.Bytes;
        var progress = new VerificationProgress(TimeProvider.System) { Cancelled = cancellationToken };
        var seed = terminal.Variable(SigningKey.Variable) is { Length: > 0 } secret ? SecretKeyFile.Parse(secret) : null;
        VerificationReport report;
        try
        {
            await using (ProgressLine.Begin(terminal, progress.ToString, TimeProvider.System))
                report = await Task.Run(() => DataFolderVerifier.Run(folder, key, depth, keptRoot, progress, seed), cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Findings, $"{folder}: cannot be read: {error.Message}");
        }
        foreach (var finding in report.Findings)
            await terminal.Out.WriteLineAsync(isJson ? Json(json => json.WriteString("finding"u8, finding)) : Terminal.Plain(finding));
        foreach (var changed in report.Derived)
            await terminal.Out.WriteLineAsync(isJson ? Json(json => json.WriteString("derived"u8, changed)) : Terminal.Plain($"derived: {changed}; it changes no answer, and the engine makes it again"));
        await terminal.Out.WriteLineAsync(isJson ? Json(json => WriteTotals(json, report, key)) : Describe(report, key));
        await terminal.Out.FlushAsync(cancellationToken);
        return report.Findings.Count == 0 ? ExitCodes.Ok : ExitCodes.Findings;
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

    private static (string Name, byte[] Note)? ReadRoot(string? path)
    {
        try
        {
            return path is null ? null : NoteFile.Read(path) is { } note ? (path, note) : throw new CliException(ExitCodes.Usage, $"--root: found no file {path}, want a ROOT.observability.txt of an earlier time");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Usage, $"--root: {error.Message}");
        }
    }

    private static string Describe(VerificationReport report, NoteKey key) =>
        $"{report.Receipts} receipts, {report.Files} sealed files of {report.Bytes} bytes{(report.Depth == VerificationDepth.Bytes ? "" : " with their records")}, {report.Open.Count} open files, {report.Findings.Count} findings; signed by {key.Name}"
        + (report.Key == key.ToVerifierKey() ? "" : $", whose key was rotated: {key.Id:x8} leads to {report.Key}")
        + (report.Unsigned == 0 ? "" : $"; {report.Unsigned} receipts beyond ROOT, which an engine signs next")
        + (report.Journal is { } journal ? Describe(journal) : "");

    private static string Describe(JournalReport journal) => journal.KeptFrom == 0
        ? "\njournal: no segment is kept, no sealed file compared"
        : $"\njournal: positions {journal.KeptFrom} to {journal.End} replayed; {journal.Compared} sealed files compared, {journal.ComparedInPart} in part, {journal.NotCompared} older than what is kept; {journal.Open} records open";

    private static void WriteTotals(Utf8JsonWriter json, VerificationReport report, NoteKey key)
    {
        json.WriteNumber("receipts"u8, report.Receipts);
        json.WriteNumber("unsigned_receipts"u8, report.Unsigned);
        json.WriteNumber("sealed_files"u8, report.Files);
        json.WriteNumber("sealed_bytes"u8, report.Bytes);
        json.WriteBoolean("records_read"u8, report.Depth != VerificationDepth.Bytes);
        json.WriteNumber("open_files"u8, report.Open.Count);
        json.WriteNumber("findings"u8, report.Findings.Count);
        json.WriteNumber("derived_changed"u8, report.Derived.Count);
        json.WriteBoolean("derived_tags_checked"u8, report.TagsChecked);
        json.WriteString("signed_by"u8, key.Name);
        json.WriteString("key"u8, report.Key);
        if (report.Journal is not { } journal)
            return;
        json.WriteStartObject("journal"u8);
        json.WriteNumber("kept_from"u8, journal.KeptFrom);
        json.WriteNumber("end"u8, journal.End);
        json.WriteNumber("compared_files"u8, journal.Compared);
        json.WriteNumber("compared_in_part"u8, journal.ComparedInPart);
        json.WriteNumber("not_compared"u8, journal.NotCompared);
        json.WriteNumber("open_records"u8, journal.Open);
        json.WriteEndObject();
    }

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
