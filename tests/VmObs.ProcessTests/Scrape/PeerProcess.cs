using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Scrape;

/// <summary>A real program with a page of metrics. Disposing kills it.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private PeerProcess(string program, string address, IEnumerable<string> arguments)
    {
        Address = address;
        _process = new Process { StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true } };
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>HOST:PORT.</summary>
    public string Address { get; }

    /// <summary>Starts a program and waits until its page answers.</summary>
    /// <param name="command">The program, of the Debian package of the same name.</param>
    /// <param name="arguments">Beside the address at which it listens.</param>
    public static async Task<PeerProcess> StartAsync(string command, params string[] arguments)
    {
        var address = $"127.0.0.1:{FreePort()}";
        var peer = new PeerProcess(Tool.Path(command, command), address, [$"--web.listen-address={address}", .. arguments]);
        using var http = new HttpClient();
        await Eventually.GetAsync($"the metrics of {command}", s_patience, async () =>
        {
            Assert.False(peer._process.HasExited, string.Join('\n', peer._output));
            try
            {
                return await http.GetStringAsync($"http://{address}/metrics");
            }
            catch (HttpRequestException)
            {
                return null;
            }
        });
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
