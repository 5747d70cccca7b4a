using System.CommandLine;
using Microsoft.Extensions.Logging;
using VmObs.Cli.Output;
using VmObs.Demo;
using VmObs.Import;
using VmObs.Serve;

namespace VmObs.Cli;

/// <summary>vm-obs demo: an engine with the telemetry of a mesh in it, and a list of what to try.</summary>
internal sealed class DemoCommand(Terminal terminal)
{
    /// <summary>In the data folder; the engine leaves what it does not know alone.</summary>
    private const string StateFile = "demo-sent-through";

    private readonly Option<string> _data = new("--data") { Description = "The demo's data folder; made when missing, and gone on with when it is there.", DefaultValueFactory = _ => "./demo-data", HelpName = "DIR" };
    private readonly ListenOptions _listen = new();

    public Command Create()
    {
        var demo = new DocumentedCommand(
            "demo", "Runs an engine with a mesh of five nodes in it: a day of history, what happens now, and an incident to look into. Prints what to try. Ends with Ctrl-C.",
            "vm-obs demo", "vm-obs demo --data /tmp/demo --listen 127.0.0.1:7090 --otlp-http 127.0.0.1:0 --otlp-grpc 127.0.0.1:0")
        {
            _data, _listen.Main, _listen.OtlpGrpc, _listen.OtlpHttp,
        };
        demo.SetAction(RunAsync);
        return demo;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        var options = new ServeOptions(Path.GetFullPath(parsed.GetValue(_data)!), _listen.Read(parsed, errors), DemoConfig.Create());
        if (errors.Count > 0)
            throw new CliException(ExitCodes.Usage, string.Join('\n', errors));
        if (Directory.Exists(Path.Combine(options.DataFolder, "journal")) && !File.Exists(StatePath(options)))
            throw new CliException(ExitCodes.Usage, $"{options.DataFolder}: got a data folder that is no demo's, want an empty one: the demo's telemetry would stand among yours (--data)");
        try
        {
            Directory.CreateDirectory(options.DataFolder);
            MeshFeed.Prepare(StatePath(options));
            await using var engine = await Engine.StartAsync(options, TimeProvider.System, EngineLog.From(LogLevel.Warning), cancellationToken);
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, engine.Front.Stopping);
            await ShowAsync(engine, options, parsed, stopping.Token);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Findings, error.Message);
        }
        catch (ImportRefusedException error)
        {
            throw new CliException(ExitCodes.NoServer, error.Message);
        }
        return ExitCodes.Ok;
    }

    private async Task ShowAsync(Engine engine, ServeOptions options, ParseResult parsed, CancellationToken stopping)
    {
        var server = engine.Front.MainUrl;
        await ListenOptions.PrintAsync(engine, terminal.Out);
        await terminal.Error.WriteLineAsync("vm-obs: sending and sealing the mesh's history…");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var client = new EngineClient(server, null);
        var feed = new MeshFeed(new EngineImportTarget(http, server, TimeProvider.System), StatePath(options), TimeProvider.System);
        try
        {
            await feed.SendHistoryAsync(_ => SealAsync(client), stopping);
            var tour = new Tour(terminal.Program, server == EngineClient.DefaultServer ? null : server, parsed.GetValue(_data)!);
            foreach (var line in tour.Lines(TimeProvider.System.GetUtcNow()))
                await terminal.Out.WriteLineAsync(line);
            await terminal.Out.FlushAsync(stopping);
            await terminal.Error.WriteLineAsync($"vm-obs: sent {feed.Documents} documents; goes on every few seconds until Ctrl-C");
            await feed.RunAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to end.
        }
    }

    private static string StatePath(ServeOptions options) => Path.Combine(options.DataFolder, StateFile);

    private static async Task SealAsync(EngineClient client)
    {
        await foreach (var _ in client.LinesAsync(HttpMethod.Post, "/obs/seal", []))
            continue;
    }
}
