using System.CommandLine;
using VmObs.Backup;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>vm-obs backup: copies a data folder, also one that an engine is at work in.</summary>
internal sealed class BackupCommand(Terminal terminal)
{
    private readonly Option<string> _data = new("--data") { Description = "The data folder.", DefaultValueFactory = _ => "./data", HelpName = "DIR" };
    private readonly Option<bool> _withKeys = new("--with-keys") { Description = "With the secret keys: who has the copy can then sign in the ledger's name." };
    private readonly Argument<string> _target = new("target") { Description = "Where the copy goes: a folder that is not there, or empty.", HelpName = "TARGET" };

    public Command Create()
    {
        var backup = new DocumentedCommand(
            "backup", "Copies a data folder as it is at one moment, without its secret keys. An engine that is at work in it goes on; it seals no hour until the copy is made.",
            "vm-obs backup /backup/2025-12-06 --data ./data")
        {
            _target, _data, _withKeys,
        };
        backup.SetAction(RunAsync);
        return backup;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var source = Path.GetFullPath(parsed.GetValue(_data)!);
        var target = Path.GetFullPath(parsed.GetValue(_target)!);
        if (!Directory.Exists(Path.Combine(source, "journal")))
            throw new CliException(ExitCodes.Findings, $"{source}: found no journal, want a data folder (--data)");
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new CliException(ExitCodes.Usage, $"{target}: found files, want a folder that is not there or empty");
        if (target.StartsWith(source + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new CliException(ExitCodes.Usage, $"{target}: lies in the data folder, want a place outside of it");
        var backup = new FolderBackup(source, target) { WithSecrets = parsed.GetValue(_withKeys) };
        try
        {
            await Task.Run(() => backup.RunAsync(cancellationToken), cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CliException(ExitCodes.Findings, $"{source}: not copied, what is in {target} is no backup: {error.Message}");
        }
        await terminal.Out.WriteLineAsync($"{backup.Files} files, {backup.Bytes} bytes in {target}; "
            + (backup.WithSecrets ? "it holds the secret keys" : $"without the secret keys: keep {Path.Combine(source, "keys")} elsewhere (--with-keys), no engine goes on with the copy without it"));
        return ExitCodes.Ok;
    }
}
