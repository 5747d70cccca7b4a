using System.Collections.Concurrent;
using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Kills;

/// <summary>Senders that keep posting through an engine's deaths and note what became of each request.</summary>
internal sealed class Load : IDisposable
{
    private const int MaxFailuresALife = 200;
    private static readonly string[] s_paths =
    [
        OtlpSender.LogsPath, OtlpSender.LogsPath, OtlpSender.MetricsPath, OtlpSender.TracesPath, LoadRequest.RemoteWritePath, LoadRequest.LokiPath,
    ];


    private readonly OtlpSender _sender = new();
    private readonly ConcurrentQueue<LoadRequest> _requests = new();
    private TaskCompletionSource<EngineProcess> _engine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lastNumber = -1;
    private int _acknowledged;

    public IReadOnlyCollection<LoadRequest> Requests => _requests;

    /// <summary>Requests acknowledged so far.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Lets the senders go on with an engine.</summary>
    public void Resume(EngineProcess engine) => Volatile.Read(ref _engine).SetResult(engine);

    /// <summary>Makes them wait for the next one once the current one stops to answer.</summary>
    public void ExpectDeath() => Volatile.Write(ref _engine, new(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Sends until cancelled; the request under way is finished.</summary>
    public Task RunAsync(int seed, CancellationToken stop) =>
        Task.WhenAll(s_paths.Select((path, index) => Task.Run(() => SendAsync(path, new Random(seed + index), stop))));

    public void Dispose() => _sender.Dispose();

    private async Task SendAsync(string path, Random random, CancellationToken stop)
    {
        var (life, failures) = ((EngineProcess?)null, 0);
        while (!stop.IsCancellationRequested)
        {
            EngineProcess engine;
            try
            {
                engine = await Volatile.Read(ref _engine).Task.WaitAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (engine != life)
                (life, failures) = (engine, 0);
            if (await SendOneAsync(path, random, engine) == Outcome.Unanswered && ++failures > MaxFailuresALife)
                throw new InvalidOperationException($"{path}: {failures} requests without an answer from one engine; it printed:\n{engine.Output}");
        }
    }

    private async Task<Outcome> SendOneAsync(string path, Random random, EngineProcess engine)
    {
        var isCurrent = random.Next(4) == 0;
        var hour = isCurrent ? TestTime.Now() : TestTime.HouseHour - ((ulong)random.Next(3) * TestTime.Hour);
        var request = new LoadRequest(Interlocked.Increment(ref _lastNumber), path, isCurrent, hour);
        try
        {
            var (status, body) = await _sender.PostAsync(request.IsOtlp ? engine.OtlpHttp : engine.Url, path, request.Body());
            request.Outcome = status is 200 or 204 ? Outcome.Acknowledged : Outcome.Refused;
            if (request.Outcome == Outcome.Acknowledged)
            {
                Interlocked.Increment(ref _acknowledged);
                Assert.True(body.Length == 0, $"{path}: a partial success: {body}");
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            request.Outcome = Outcome.Unanswered;
        }
        _requests.Enqueue(request);
        return request.Outcome;
    }
}
