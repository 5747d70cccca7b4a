using System.Text.Json;
using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Kills;

/// <summary>Somebody who keeps asking while the load is sent, through an engine's deaths: no answer may show a record twice.</summary>
internal sealed class QueryLoad(Load load) : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Queries that were answered to their end.</summary>
    public int Answered { get; private set; }

    /// <summary>Asks until cancelled; the query under way is finished.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var engine = await load.EngineAsync(stop);
                await AskAsync(engine);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
            {
                // The engine died while it answered.
                await Task.Yield();
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task AskAsync(EngineProcess engine)
    {
        foreach (var (path, key) in new (string, Func<JsonElement, string>)[]
        {
            ($"/obs/logs?service={LoadRequest.CurrentService}&last=2h&limit=2000", line => line.GetProperty("log_id").GetString()!),
            ($"/obs/metrics?label=service={LoadRequest.CurrentService}&last=2h&limit=2000", line => $"{line.GetProperty("metric").GetString()} {line.GetProperty("value").GetInt32()}"),
        })
        {
            using var response = await _http.GetAsync(new Uri(engine.Url, path));
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {text}");
            var keys = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => key(JsonElement.Parse(line))).ToList();
            Assert.True(keys.Count == keys.Distinct().Count(), $"{path}: records twice: {string.Join(", ", keys.CountBy(k => k).Where(k => k.Value > 1).Take(5))}");
            Answered++;
        }
    }
}
