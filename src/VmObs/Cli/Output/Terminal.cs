using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace VmObs.Cli.Output;

/// <summary>Where a command writes: answers to one side, everything for people beside them to the other.</summary>
/// <param name="Out">Answers. Whoever wants a line to be seen at once flushes.</param>
/// <param name="Error">Errors and notes.</param>
/// <param name="Variable">Environment variables.</param>
/// <param name="IsPiped">Whether another program reads the answers.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, Func<string, string?> Variable, bool IsPiped)
{
    /// <summary>Wide enough that nothing is wrapped for a program that reads a table after all.</summary>
    private const int PipedWidth = 4000;

    private const string Name = "vm-obs";
    private const int BufferChars = 16 * 1024;
    private const int DefaultWidth = 80, DefaultHeight = 24;

    /// <summary>The process's own.</summary>
    public static Terminal Own { get; } = Create();

    /// <summary>Where answers that are no text go; the same place as <see cref="Out"/>.</summary>
    public Func<Stream> OpenBytes { get; init; } = Console.OpenStandardOutput;

    /// <summary>Whether another program reads errors and notes.</summary>
    public bool IsErrorPiped { get; init; } = true;

    /// <summary>Columns and lines of the screen.</summary>
    public Func<(int Width, int Height)> Screen { get; init; } = static () => (DefaultWidth, DefaultHeight);

    /// <summary>Whether answers may have colours: a person's terminal that shows them, without NO_COLOR (no-color.org).</summary>
    public bool HasColours => !IsPiped && string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") != "dumb";

    /// <summary>How the program was called, so that what it prints works by copy and paste: the launcher says it, else the native program itself.</summary>
    public string Program => Variable("VM_OBS_COMMAND") is { Length: > 0 } command ? command
        : Path.GetFileName(Environment.ProcessPath) == Name ? Environment.GetCommandLineArgs()[0] : Name;

    /// <summary>A text whose commands in back quotes (`vm-obs seal`) begin as the program was called.</summary>
    public string Hint(string text) => text.Replace($"`{Name} ", $"`{Program} ", StringComparison.Ordinal);

    /// <summary>A line to copy, whose commands, at its beginning or in brackets, begin as the program was called; paths that end in the name stay.</summary>
    public string Example(string line) =>
        (line.StartsWith($"{Name} ", StringComparison.Ordinal) ? Program + line[Name.Length..] : line).Replace($"({Name} ", $"({Program} ", StringComparison.Ordinal);

    /// <summary>The text as it is painted; as it is where there are no colours.</summary>
    public string Paint(string text, CellStyle style) =>
        !HasColours || style == CellStyle.Plain || text.Length == 0 ? text : $"\e[{CodeOf(style)}m{text}\e[0m";

    /// <summary>Writes trees and what else Spectre draws; colours only to a person's terminal without NO_COLOR.</summary>
    public IAnsiConsole Tables()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Out),
            // Behind a pager its writer is no terminal, but what it shows on is one.
            Ansi = HasColours ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = HasColours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = IsPiped ? PipedWidth : Screen().Width;
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

    private static Terminal Create()
    {
        if (!Console.IsOutputRedirected)
            return new Terminal(Console.Out, Console.Error, Environment.GetEnvironmentVariable, IsPiped: false) { IsErrorPiped = Console.IsErrorRedirected, Screen = ReadScreen };
        var output = OpenOutput();
        return new Terminal(new StreamWriter(output, bufferSize: BufferChars), Console.Error, Environment.GetEnvironmentVariable, IsPiped: true)
        {
            IsErrorPiped = Console.IsErrorRedirected, Screen = ReadScreen, OpenBytes = () => output,
        };
    }

    /// <summary>Standard output that tells when its reader has gone, which the console's own stream keeps to itself.</summary>
    private static Stream OpenOutput()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();
        var output = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        // A file's place belongs to whoever else writes to it: `(vm-obs a; vm-obs b) > file`. FileStream would keep its own.
        return output.CanSeek ? Console.OpenStandardOutput() : output;
    }

    private static (int Width, int Height) ReadScreen() =>
        (Console.WindowWidth is > 0 and var width ? width : DefaultWidth, Console.WindowHeight is > 0 and var height ? height : DefaultHeight);

    // ECMA-48, Select Graphic Rendition.
    private static string CodeOf(CellStyle style) => style switch
    {
        CellStyle.Bold => "1",
        CellStyle.Dim => "2",
        CellStyle.Red => "31",
        CellStyle.Green => "32",
        CellStyle.Yellow => "33",
        CellStyle.Blue => "34",
        CellStyle.Magenta => "35",
        CellStyle.Cyan => "36",
        CellStyle.Alarm => "1;31",
        _ => throw new ArgumentOutOfRangeException(nameof(style), style, "BUG: a style without a code"),
    };
}
