using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using VmObs.Signals.Texts;

namespace VmObs.Cli;

/// <summary>Says what is wrong with a command line: where, got, want, and what was probably meant.</summary>
internal static class UsageErrors
{
    /// <summary>One line for each thing that is wrong.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        if (UnknownCommand(parsed) is var (word, path, above))
            return [$"{word}: `{path}` has no such command{DidYouMean(word, above.Subcommands.Select(static child => child.Name))}"];
        var unknown = Unknown(parsed).ToList();
        return unknown.Count > 0 ? unknown : [.. parsed.Errors.Select(Explain)];
    }

    /// <summary>The command that was meant, as far as it is one, with those above it: "vm-obs logs query".</summary>
    public static string PathOf(ParseResult parsed) => UnknownCommand(parsed)?.Path ?? PathOf(parsed.CommandResult);

    /// <summary>The first word that is no command where one is wanted, and under which one: what follows it cannot be judged.</summary>
    private static (string Word, string Path, Command Above)? UnknownCommand(ParseResult parsed)
    {
        var (command, path) = (parsed.RootCommandResult.Command, "vm-obs");
        foreach (var token in parsed.Tokens)
        {
            if (command.Subcommands.Count == 0 || token.Value.StartsWith('-'))
                return null;
            if (command.Subcommands.FirstOrDefault(child => child.Name == token.Value) is not { } next)
                return (token.Value, path, command);
            (command, path) = (next, $"{path} {next.Name}");
        }
        return null;
    }

    private static string PathOf(SymbolResult? result)
    {
        var names = new Stack<string>();
        for (; result is not null; result = result.Parent)
        {
            if (result is CommandResult command)
                names.Push(command.Command is RootCommand ? "vm-obs" : command.Command.Name);
        }
        return string.Join(' ', names);
    }

    private static IEnumerable<string> Unknown(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var afterOption = false;
        foreach (var token in parsed.UnmatchedTokens)
        {
            var isOption = token.StartsWith('-');
            // What follows an option that is not known is its value, as far as anybody can tell.
            if (isOption || !afterOption)
            {
                List<string> names = isOption ? OptionsOf(parsed.CommandResult) : [.. command.Subcommands.Select(static child => child.Name)];
                var kind = isOption ? "option" : names.Count > 0 ? "command" : "argument";
                var name = isOption ? token.Split('=', ':')[0] : token;
                yield return $"{name}: `{PathOf(parsed.CommandResult)}` has no such {kind}{DidYouMean(name, names)}";
            }
            afterOption = isOption;
        }
    }

    private static string Explain(ParseError error)
    {
        var (name, got, symbol) = error.SymbolResult switch
        {
            OptionResult { Tokens.Count: > 0 } option => (option.Option.Name, option.Tokens[^1].Value, (Symbol)option.Option),
            ArgumentResult { Tokens.Count: > 0, Parent: OptionResult option } argument => (option.Option.Name, argument.Tokens[^1].Value, option.Option),
            ArgumentResult { Tokens.Count: > 0 } argument => (argument.Argument.Name, argument.Tokens[^1].Value, argument.Argument),
            _ => ("", "", null!),
        };
        if (symbol is null)
            return error.Message;
        string[] choices = [.. symbol.GetCompletions(CompletionContext.Empty).Select(static choice => choice.Label)];
        if (choices.Length > 0 && !choices.Contains(got))
            return $"{name}: got \"{got}\", want {string.Join(", ", choices)}{DidYouMean(got, choices)}";
        var type = (symbol as Option)?.ValueType ?? (symbol as Argument)?.ValueType;
        return type == typeof(int?) || type == typeof(int) ? $"{name}: got \"{got}\", want a whole number" : error.Message;
    }

    private static List<string> OptionsOf(CommandResult result)
    {
        var names = result.Command.Options.Select(static option => option.Name).ToList();
        for (var above = result.Parent as CommandResult; above is not null; above = above.Parent as CommandResult)
            names.AddRange(above.Command.Options.Where(static option => option.Recursive).Select(static option => option.Name));
        return names;
    }

    private static string DidYouMean(string text, IEnumerable<string> names) => NearestName.Of(text, names) is { } near ? $"; did you mean {near}?" : "";
}
