using System.CommandLine;

namespace VmObs.Cli;

/// <summary>What the user of a command calls the API's parameters: by its options and arguments.</summary>
/// <param name="command">The command; null: parameters have no other names.</param>
internal sealed class ParameterNames(Command? command)
{
    /// <summary>As the API calls them.</summary>
    public static ParameterNames OfTheApi { get; } = new(null);

    /// <summary>"from" → "--from", "text" → "--query" where that is the option's name, "id" → "ID"; what the command does not have stays.</summary>
    public string Of(string parameter)
    {
        if (command is null)
            return parameter;
        var option = "--" + parameter.Replace('_', '-');
        return command.Options.FirstOrDefault(one => one.Name == option || one.Aliases.Contains(option))?.Name
            ?? command.Arguments.FirstOrDefault(one => one.Name.Equals(parameter, StringComparison.OrdinalIgnoreCase))?.Name
            ?? parameter;
    }

    /// <summary>A text with the parameters in it, which stand in back quotes, called so; other words in back quotes stay.</summary>
    public string In(string text)
    {
        var parts = text.Split('`');
        // Outside, inside, outside: an odd number, unless a quote stands alone.
        if (parts.Length % 2 == 0)
            return text;
        for (var i = 1; i < parts.Length; i += 2)
            parts[i] = Of(parts[i]) is var name && name != parts[i] ? name : $"`{parts[i]}`";
        return string.Concat(parts);
    }
}
