using System.Globalization;
using System.Text.Json;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>Follows log records as they are stored, over lost connections and restarts of the engine.</summary>
internal sealed class LogTail(Terminal terminal, EngineClient client)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private string? _cursor;
    private bool _isConnected;
    private bool _isLossTold;

    /// <summary>Shows records until it is ended.</summary>
    /// <param name="output">Where they go.</param>
    /// <param name="conditions">Which ones.</param>
    /// <param name="lines">So many of those that are there already.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task FollowAsync(IDocumentOutput output, IReadOnlyList<KeyValuePair<string, string?>> conditions, int lines, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await StreamAsync(output, [.. conditions, new("lines", lines.ToString(CultureInfo.InvariantCulture)), new("cursor", _cursor)], cancellationToken);
            }
            // The first time the engine should be there; later it may be restarting.
            catch (CliException error) when (_isConnected && error.ExitCode == ExitCodes.NoServer)
            {
                // Said once, not every second for as long as it lasts.
                if (!_isLossTold)
                    await terminal.Error.WriteLineAsync($"{error.Message}; trying again every second");
                _isLossTold = true;
            }
            await output.FlushAsync();
            // Where nothing was shown yet there is no place to go on from; what comes is new.
            lines = _cursor is null ? lines : 0;
            await Task.Delay(s_pause, TimeProvider.System, cancellationToken);
        }
    }

    private async Task StreamAsync(IDocumentOutput output, IReadOnlyList<KeyValuePair<string, string?>> parameters, CancellationToken cancellationToken)
    {
        var isMissed = false;
        await using var events = client.LinesAsync(HttpMethod.Get, "/obs/logs/tail", parameters).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var next = events.MoveNextAsync();
            if (!next.IsCompleted)
                await output.FlushAsync();
            if (!await next)
                return;
            (_isConnected, _isLossTold) = (true, false);
            var line = events.Current;
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                _cursor = line["id: ".Length..];
            else if (line == "event: missed")
                isMissed = true;
            else if (line.Length == 0)
                isMissed = false;
            else if (line.StartsWith("data: ", StringComparison.Ordinal) && isMissed)
                await TellMissedAsync(line["data: ".Length..]);
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                await output.WriteAsync(line["data: ".Length..]);
        }
    }

    private async Task TellMissedAsync(string data)
    {
        using var missed = JsonDocument.Parse(data);
        await terminal.Error.WriteLineAsync(terminal.Hint($"missed {missed.RootElement.Field("missed")} log records, which came faster than they were taken here; `vm-obs logs query` has them"));
    }
}
