using System.Diagnostics;
using System.Text;

namespace VmObs.Cli.Output;

/// <summary>Holds what a command writes while it fits the screen; once it does not, a pager shows it: $PAGER, or less -FRX.</summary>
/// <remarks>
/// Only on a terminal; an empty $PAGER or "cat" means none. Whoever begins it disposes it, which waits until the person has done with the pager.
/// A pager that is closed early ends the command: <see cref="OutputClosedException"/>.
/// </remarks>
internal sealed class Pager : TextWriter
{
    private const string Less = "less -FRX";

    private readonly Terminal _terminal;
    private readonly string _command;
    private readonly StringBuilder _held = new();
    private readonly int _width;
    private readonly int _height;
    private Process? _process;
    private int _lines;
    private int _column;

    private Pager(Terminal terminal, string command)
    {
        (_terminal, _command) = (terminal, command);
        (_width, _height) = terminal.Screen();
    }

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>A terminal that shows long answers page by page; the same one where that makes no sense.</summary>
    /// <param name="terminal">Where the answer goes.</param>
    /// <param name="isOff">Whether the person wants none.</param>
    /// <param name="pager">What to dispose after the answer.</param>
    public static Terminal Begin(Terminal terminal, bool isOff, out IAsyncDisposable? pager)
    {
        pager = null;
        if (isOff || terminal.IsPiped || OperatingSystem.IsWindows() || CommandOf(terminal) is not { } command)
            return terminal;
        var writer = new Pager(terminal, command);
        pager = writer;
        return terminal with { Out = writer };
    }

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (_process is not null)
        {
            Send(buffer);
            return;
        }
        _held.Append(buffer);
        Count(buffer);
        if (_lines >= _height)
            Start();
    }

    public override void WriteLine(string? value)
    {
        Write(value);
        Write("\n");
    }

    public override Task WriteAsync(char value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteAsync(string? value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    // What fits the screen waits for the end, or for more.
    public override void Flush() => _process?.StandardInput.Flush();

    public override Task FlushAsync()
    {
        Flush();
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_process is null)
        {
            await _terminal.Out.WriteAsync(_held.ToString());
            await _terminal.Out.FlushAsync();
            return;
        }
        try
        {
            await _process.StandardInput.DisposeAsync();
        }
        catch (IOException)
        {
            // The person has closed the pager before the end: they have seen what they wanted.
        }
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string? CommandOf(Terminal terminal) => terminal.Variable("PAGER") switch
    {
        "" or "cat" => null,
        { } command => command,
        null => (terminal.Variable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, "less"))) ? Less : null,
    };

    private void Start()
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", _command]) { RedirectStandardInput = true };
        // As git does: whoever has set LESS has said how they want it.
        start.Environment.TryAdd("LESS", "FRX");
        _process = Process.Start(start) ?? throw new IOException($"pager: \"{_command}\" did not start; --no-pager goes without");
        Send(_held.ToString());
        _held.Clear();
    }

    private void Send(ReadOnlySpan<char> text)
    {
        try
        {
            _process!.StandardInput.Write(text);
        }
        catch (IOException error)
        {
            throw new OutputClosedException(error);
        }
    }

    /// <summary>Counts the screen's lines; what paints counts as if it were seen, so that a long line may count as two.</summary>
    private void Count(ReadOnlySpan<char> text)
    {
        foreach (var sign in text)
        {
            if (sign == '\n' || ++_column > _width)
                (_lines, _column) = (_lines + 1, 0);
        }
    }
}
