namespace VmObs.Cli.Output;

/// <summary>One line on a person's screen that says how far long work is; nothing where nobody looks. Whoever begins it disposes it.</summary>
internal sealed class ProgressLine : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    private readonly Terminal _terminal;
    private readonly Func<string> _text;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _loop;
    private bool _isShown;

    private ProgressLine(Terminal terminal, Func<string> text, TimeProvider time)
    {
        (_terminal, _text) = (terminal, text);
        _loop = terminal.IsErrorPiped ? Task.CompletedTask : ShowAsync(time);
    }

    /// <summary>Begins to show, from half a second on.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="text">How far it is; called beside the work.</param>
    /// <param name="time">The clock.</param>
    public static ProgressLine Begin(Terminal terminal, Func<string> text, TimeProvider time) => new(terminal, text, time);

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_isShown)
            await _terminal.Error.WriteAsync("\r\e[K");
        _ended.Dispose();
    }

    private async Task ShowAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        while (await timer.WaitForNextTickAsync(_ended.Token))
        {
            _isShown = true;
            // ECMA-48, Erase in Line.
            await _terminal.Error.WriteAsync($"\r\e[K{Terminal.Plain(_text())}");
            await _terminal.Error.FlushAsync();
        }
    }
}
