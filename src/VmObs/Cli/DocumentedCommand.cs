using System.CommandLine;

namespace VmObs.Cli;

/// <summary>A command whose help begins with examples.</summary>
/// <param name="name">What is typed.</param>
/// <param name="description">What it does, then what else there is to know.</param>
/// <param name="examples">Command lines as they are typed, the most common first; a note may stand before one, as "# note".</param>
internal sealed class DocumentedCommand(string name, string description, params IReadOnlyList<string> examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;
}
