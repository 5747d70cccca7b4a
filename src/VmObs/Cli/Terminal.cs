using Spectre.Console;

namespace VmObs.Cli;

/// <summary>Where a command writes: answers to one side, everything for people beside them to the other.</summary>
/// <param name="Out">Answers.</param>
/// <param name="Error">Errors and notes.</param>
/// <param name="Variable">Environment variables.</param>
/// <param name="IsPiped">Whether another program reads the answers.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, Func<string, string?> Variable, bool IsPiped)
{
    /// <summary>Wide enough that nothing is wrapped for a program that reads a table after all.</summary>
    private const int PipedWidth = 4000;

    /// <summary>The process's own.</summary>
    public static Terminal Own { get; } = new(Console.Out, Console.Error, Environment.GetEnvironmentVariable, Console.IsOutputRedirected);

    /// <summary>Writes tables and trees; colours only to a person's terminal without NO_COLOR.</summary>
    public IAnsiConsole Tables()
    {
        var plain = IsPiped || !string.IsNullOrEmpty(Variable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Out),
            Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
        });
        if (IsPiped)
            console.Profile.Width = PipedWidth;
        return console;
    }

    /// <summary>A text from data as a terminal may be given it: one line, no control characters that would act on the terminal.</summary>
    public static string Plain(string text) =>
        text.AsSpan().ContainsAnyInRange('\0', '\u001f') || text.AsSpan().ContainsAnyInRange('\u007f', '\u009f')
            ? string.Create(text.Length, text, static (span, source) =>
            {
                for (var i = 0; i < source.Length; i++)
                    span[i] = source[i] is '\n' or '\t' or '\r' ? ' ' : char.IsControl(source[i]) ? '\ufffd' : source[i];
            })
            : text;
}
