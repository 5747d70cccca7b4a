using System.CommandLine;
using VmObs.Cli.Output;
using VmObs.Import;

namespace VmObs.Cli;

/// <summary>vm-obs import: sends files to a running engine.</summary>
internal sealed class ImportCommand(Terminal terminal, ClientOptions options)
{
    private readonly Argument<string[]> _files = new("file") { Description = "Files, plain or .gz.", Arity = ArgumentArity.OneOrMore, HelpName = "FILE" };
    private readonly Option<string?> _format = new("--format") { Description = "What they hold; by default told from their beginning.", HelpName = string.Join('|', ImportFormats.Names) };
    private readonly Option<string?> _state = new("--state") { Description = "Folder that remembers how far each file is; by default beside the file, as FILE.vm-obs-import.", HelpName = "DIR" };

    public Command Create()
    {
        _format.AcceptOnlyFromAmong(ImportFormats.Names);
        var import = new DocumentedCommand(
            "import", "Sends files to a running engine: OTLP/JSON (an export request a line), JSON log records a line, or OpenMetrics with times. An import that was cut short goes on where it was; a file that was imported is not imported again.",
            "vm-obs import app.jsonl.gz", "vm-obs import metrics.om traces.otlp.jsonl --state ./import-state")
        {
            _files, _format, _state,
        };
        import.SetAction(RunAsync);
        return import;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var format = parsed.GetValue(_format) is { } name ? ImportFormats.Parse(name) : (ImportFormat?)null;
        var server = parsed.GetValue(options.Server)!.TrimEnd('/');
        if (!Uri.TryCreate(server, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new CliException(ExitCodes.Usage, $"--server: got \"{server}\", want a URL such as {EngineClient.DefaultServer}");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = !uri.IsLoopback });
        if (options.Token(parsed) is { } token)
            http.DefaultRequestHeaders.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", token);
        var target = new EngineImportTarget(http, server, TimeProvider.System);
        var refused = 0L;
        foreach (var file in parsed.GetValue(_files)!)
        {
            var import = new FileImport(file, format, StateFile(file, parsed.GetValue(_state)), target);
            await RunAsync(import, file, cancellationToken);
            refused += import.State.Refused;
        }
        return refused == 0 ? ExitCodes.Ok : ExitCodes.Findings;
    }

    private async Task RunAsync(FileImport import, string file, CancellationToken cancellationToken)
    {
        await using (ProgressLine.Begin(terminal, () => $"{file}: {import.Progress:P0}, {import.State.Requests} requests", TimeProvider.System))
            await SendAsync(import, file, cancellationToken);
        if (import.FirstRefusal is { } refusal)
            await terminal.Error.WriteLineAsync($"vm-obs: {Terminal.Plain(refusal)}");
        var resumed = import.ResumedAt > 0 ? $", {import.ResumedAt} of them before" : "";
        await terminal.Out.WriteLineAsync($"{file}: {import.State.Position} bytes{resumed}, {import.State.Requests} requests, {import.State.Refused} records refused");
    }

    private static async Task SendAsync(FileImport import, string file, CancellationToken cancellationToken)
    {
        try
        {
            await import.RunAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or InvalidDataException)
        {
            throw new CliException(ExitCodes.Findings, Explain(file, error.Message));
        }
        catch (ImportRefusedException error)
        {
            throw new CliException(ExitCodes.NoServer, Explain(file, error.Message));
        }
    }

    private static string StateFile(string file, string? folder) =>
        folder is null ? file + ".vm-obs-import" : Path.Combine(folder, Path.GetFileName(file) + ".vm-obs-import");

    private static string Explain(string file, string message) => message.StartsWith(file, StringComparison.Ordinal) ? message : $"{file}: {message}";
}
