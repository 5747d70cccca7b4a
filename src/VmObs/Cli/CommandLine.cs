using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>The program's commands.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command line.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal)
    {
        var parsed = Create(terminal).Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in UsageErrors.Of(parsed))
                await terminal.Error.WriteLineAsync($"vm-obs: {error}");
            await terminal.Error.WriteLineAsync(terminal.Hint($"`{UsageErrors.PathOf(parsed)} --help` says what can stand here"));
            return ExitCodes.Usage;
        }
        try
        {
            // The host of `serve` takes the signals itself; the other commands just end.
            var exitCode = await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            });
            await terminal.Out.FlushAsync();
            return exitCode;
        }
        catch (IOException error) when (OutputClosedException.IsSaidBy(error))
        {
            // `vm-obs … | head`: who read has seen enough.
            return ExitCodes.Ok;
        }
        catch (CliException failure)
        {
            // Lines that are set in belong to the one before, and may be copied.
            foreach (var line in terminal.Hint(failure.Message).Split('\n'))
                await terminal.Error.WriteLineAsync(line.StartsWith(' ') ? line : $"vm-obs: {line}");
            return failure.ExitCode;
        }
    }

    /// <summary>All commands.</summary>
    public static RootCommand Create(Terminal terminal)
    {
        var options = new ClientOptions(terminal);
        options.Server.Recursive = true;
        options.TokenFile.Recursive = true;
        options.NoPager.Recursive = true;
        var ledger = new LedgerCommands(terminal, options);
        var root = new RootCommand($"Observability with proof: takes metrics, logs and traces, answers for them, and can show that nothing was changed.\n\n{ExitCodes.Help}")
        {
            new ServeCommand(terminal).Create(),
            new DemoCommand(terminal).Create(),
            new LogsCommands(terminal, options).Create(),
            new MetricsCommands(terminal, options).Create(),
            new TraceCommands(terminal, options).Create(),
            new TargetsCommand(terminal, options).Create(),
            ledger.CreateQuery(),
            new CorrelateCommand(terminal, options).Create(),
            ledger.CreateSeal(),
            ledger.CreateRoot(),
            new ProofCommands(terminal, options).Create(),
            new KeysCommands(terminal, options).Create(),
            new ExpireCommand(terminal, options).Create(),
            new VerifyCommand(terminal, options).Create(),
            new BackupCommand(terminal).Create(),
            new ImportCommand(terminal, options).Create(),
            new SqlCommand(terminal, options).Create(),
            new StatusCommand(terminal, options).Create(),
            new DoctorCommand(terminal, options).Create(),
            new ConfigCommands(terminal).Create(),
            new TokenCommands(terminal).Create(),
            new CompletionCommand(terminal).Create(),
            options.Server,
            options.TokenFile,
            options.NoPager,
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampleHelp((HelpAction)help.Action!, terminal);
        return root;
    }
}
