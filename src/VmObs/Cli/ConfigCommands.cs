using System.CommandLine;
using VmObs.Cli.Output;
using VmObs.Config;

namespace VmObs.Cli;

/// <summary>vm-obs config check FILE.</summary>
internal sealed class ConfigCommands(Terminal terminal)
{
    private readonly Argument<string> _file = new("FILE") { Description = "The configuration file (docs/configuration.md)." };

    public Command Create()
    {
        var check = new DocumentedCommand("check", "Reads a configuration file as `serve --config` would and says all that is wrong with it, each with line and column; starts nothing.", "vm-obs config check vm-obs.yaml") { _file };
        check.SetAction(CheckAsync);
        return new Command("config", "The configuration file.") { check };
    }

    private async Task<int> CheckAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var file = parsed.GetValue(_file)!;
        IReadOnlyList<ConfigError> errors;
        try
        {
            (_, errors) = ConfigReader.ReadFile(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Findings, $"{file}: {error.Message}");
        }
        foreach (var error in errors)
            await terminal.Out.WriteLineAsync(Terminal.Plain(error.ToString()));
        await terminal.Error.WriteLineAsync(errors.Count == 0 ? $"{file}: nothing is wrong with it" : $"{file}: {errors.Count} {(errors.Count == 1 ? "error" : "errors")}");
        return errors.Count == 0 ? ExitCodes.Ok : ExitCodes.Findings;
    }
}
