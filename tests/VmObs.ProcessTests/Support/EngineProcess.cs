using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace VmObs.ProcessTests.Support;

/// <summary>The real engine in a process of its own, over one data folder, at ports that the system chose. Disposing kills it.</summary>
internal sealed partial class EngineProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentDictionary<string, Uri> _addresses = new();

    private EngineProcess(string command, string dataFolder, IReadOnlyDictionary<string, string>? environment, string[] more, string? nativeProgram = null)
    {
        DataFolder = dataFolder;
        string[] arguments =
        [
            command, "--data", dataFolder, .. more.Contains("--listen") ? [] : (string[])["--listen", "127.0.0.1:0"], "--otlp-http", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", .. more,
        ];
        var start = new ProcessStartInfo(nativeProgram ?? "dotnet", nativeProgram is null ? [Programs.VmObs, .. arguments] : arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string DataFolder { get; }

    public int ProcessId => _process.Id;

    /// <summary>The main address.</summary>
    public Uri Url => _addresses["listening"];

    /// <summary>Where OTLP over HTTP is taken.</summary>
    public Uri OtlpHttp => _addresses["otlp-http"];

    /// <summary>Where OTLP over gRPC is taken.</summary>
    public Uri OtlpGrpc => _addresses["otlp-grpc"];

    /// <summary>Another address that it printed, such as "syslog-tcp".</summary>
    public Task<Uri> AddressAsync(string name) =>
        Eventually.GetAsync($"the address {name}", s_startLimit, () => Task.FromResult(_addresses.GetValueOrDefault(name)));

    /// <summary>The process's number.</summary>
    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>All that it printed so far.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts an engine and returns once it answers that it is well.</summary>
    public static Task<EngineProcess> StartAsync(string dataFolder, IReadOnlyDictionary<string, string>? environment = null, string? config = null, params string[] more) =>
        ReadyAsync(new EngineProcess("serve", dataFolder, environment, ["--config", config ?? KeepEverything, .. more]));

    /// <summary>Starts a demo and returns once its engine answers that it is well; its history is still under way.</summary>
    public static Task<EngineProcess> StartDemoAsync(string dataFolder, IReadOnlyDictionary<string, string>? environment = null) =>
        ReadyAsync(new EngineProcess("demo", dataFolder, environment, []));

    /// <summary>Starts an engine compiled to native code and returns once it answers that it is well.</summary>
    public static Task<EngineProcess> StartNativeAsync(string program, string dataFolder) =>
        ReadyAsync(new EngineProcess("serve", dataFolder, null, ["--config", KeepEverything], program));

    /// <summary>Starts an engine without waiting for anything.</summary>
    public static EngineProcess Launch(string dataFolder) => new("serve", dataFolder, null, ["--config", KeepEverything]);

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="TimeoutException">The process still runs at the limit.</exception>
    public async Task<int> TerminateAsync(TimeSpan limit)
    {
        Assert.Equal(0, Kill(_process.Id, SigTerm));
        using var cancellation = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(cancellation.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"the engine still runs {limit} after SIGTERM; it printed:\n{Output}");
        }
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private static string KeepEverything => Path.Combine(AppContext.BaseDirectory, "Support", "keep-everything.yaml");

    private static async Task<EngineProcess> ReadyAsync(EngineProcess engine)
    {
        try
        {
            await engine.WaitUntilReadyAsync();
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    private async Task WaitUntilReadyAsync()
    {
        // Which certificate it shows is a test's business.
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null } });
        await Eventually.GetAsync("the engine's health", s_startLimit, async () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"the engine ended with {_process.ExitCode} at its start; it printed:\n{Output}");
            return _addresses.ContainsKey("listening") && _addresses.ContainsKey("otlp-grpc") && await IsWellAsync(http) ? this : null;
        });
    }

    private async Task<bool> IsWellAsync(HttpClient http)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(Url, "/obs/health"));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // "listening http://127.0.0.1:41235"
    private void Read(string? line)
    {
        if (line is null)
            return;
        _output.Enqueue(line);
        if (line.Split(' ') is [var name, var address, ..] && Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" or "tcp" or "udp" or "tls")
            _addresses[name] = url;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
