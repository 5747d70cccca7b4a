using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Clients;

/// <summary>A real Prometheus that scrapes one target and writes to an engine.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    public const string Job = "prometheus-client";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly Process _process;
    private readonly Uri _receiver;

    public PrometheusProcess(string program, Uri receiver, string target, string job = Job)
    {
        _receiver = receiver;
        var address = $"127.0.0.1:{ScrapedTarget.FreePort()}";
        _http = new HttpClient { BaseAddress = new Uri($"http://{address}/") };
        Configure($$"""[{job_name: {{job}}, static_configs: [{targets: ["{{target}}"]}]}]""");
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(program, [
                $"--config.file={ConfigFile}", $"--storage.tsdb.path={DataFolder}", $"--web.listen-address={address}", "--web.enable-lifecycle", "--enable-feature=exemplar-storage,native-histograms",
            ]) { RedirectStandardError = true, RedirectStandardOutput = true },
        };
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    public string DataFolder => Path.Combine(_folder.Path, "data");

    /// <summary>What it printed.</summary>
    public string Output => string.Join('\n', _output);

    private string ConfigFile => Path.Combine(_folder.Path, "prometheus.yml");

    /// <summary>Returns once the target was found gone, upon which its series have ended with stale markers; then scrapes no more.</summary>
    public async Task LoseTargetAsync()
    {
        var down = $"/api/v1/query?query={Uri.EscapeDataString($$"""up{job="{{Job}}"} == 0""")}";
        await Eventually.GetAsync("the target found gone", s_patience, async () =>
            (await _http.GetStringAsync(down)).Contains("\"result\":[]", StringComparison.Ordinal) ? null : "gone");
        Configure("[]");
        using var answer = await _http.PostAsync("/-/reload", null);
        Assert.True(answer.IsSuccessStatusCode, $"reload: got {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}\n{Output}");
    }

    /// <summary>Returns when all that was written to its own database was also sent.</summary>
    /// <returns>How many samples that were, and how many of them the receiver failed.</returns>
    public async Task<(double Appended, double Failed)> SentAsync()
    {
        await Eventually.GetAsync("everything sent", s_patience, async () =>
        {
            var (appended, sent) = (await OwnAsync("prometheus_tsdb_head_samples_appended_total"), await OwnAsync("prometheus_remote_storage_samples_total"));
            return appended > 0 && appended == sent && await OwnAsync("prometheus_remote_storage_samples_pending") == 0 ? "sent" : null;
        });
        var failed = await OwnAsync("prometheus_remote_storage_samples_failed_total") + await OwnAsync("prometheus_remote_storage_samples_dropped_total")
            + await OwnAsync("prometheus_remote_storage_metadata_failed_total");
        return (await OwnAsync("prometheus_tsdb_head_samples_appended_total"), failed);
    }

    /// <summary>How many exemplars it has sent.</summary>
    public Task<double> ExemplarsAsync() => OwnAsync("prometheus_remote_storage_exemplars_total");

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task TerminateAsync()
    {
        (await ProgramRun.OfAsync("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])).Succeeded();
        using var limit = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }

    // A metric's sum over its series in what it says of itself.
    private async Task<double> OwnAsync(string metric) =>
        (await _http.GetStringAsync("/metrics")).Split('\n')
            .Where(line => line.StartsWith(metric + " ", StringComparison.Ordinal) || line.StartsWith(metric + "{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private void Configure(string scrapes) => File.WriteAllText(ConfigFile, $$"""
        global: {scrape_interval: 250ms, scrape_timeout: 250ms}
        scrape_configs: {{scrapes}}
        remote_write:
        - url: {{new Uri(_receiver, "/api/v1/write")}}
          send_exemplars: true
          send_native_histograms: true
          queue_config: {batch_send_deadline: 200ms}
          metadata_config: {send_interval: 500ms}
        """);
}
