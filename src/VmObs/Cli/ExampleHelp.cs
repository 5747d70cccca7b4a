using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>Help in the order in which people need it: examples, then what there is, then the exit codes.</summary>
/// <param name="rest">What there is.</param>
/// <param name="terminal">Knows how the program was called.</param>
internal sealed class ExampleHelp(HelpAction rest, Terminal terminal) : SynchronousCommandLineAction
{
    // A line of help that is asked for beside something wrong is help all the same.
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is DocumentedCommand { Examples.Count: > 0 } command)
        {
            output.WriteLine("Examples:");
            foreach (var line in command.Examples)
                output.WriteLine($"  {terminal.Example(line)}");
            output.WriteLine();
        }
        var exitCode = rest.Invoke(parseResult);
        // The root's description has them.
        if (parseResult.CommandResult.Command is not RootCommand)
            output.WriteLine(ExitCodes.Help);
        return exitCode;
    }
}
