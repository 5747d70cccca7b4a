using System.Collections.Concurrent;
using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Kills;

/// <summary>Senders that keep posting through an engine's deaths and note what became of each request.</summary>
/// <param name="maxFailuresALife">So many requests of a sender may go without an answer from one engine.</param>
/// <param name="paced">Whether a sender waits a moment after each request, where what else happens takes a while.</param>
internal sealed class Load(int maxFailuresALife = 200, bool paced = false) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private static readonly string[] s_paths =
        [OtlpSender.LogsPath, OtlpSender.LogsPath, OtlpSender.MetricsPath, OtlpSender.TracesPath, LoadRequest.RemoteWritePath, LoadRequest.LokiPath];

    private readonly OtlpSender _sender = new();
    private readonly ConcurrentQueue<LoadRequest> _requests = new();
    private TaskCompletionSource<EngineProcess> _engine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lastNumber = -1;
    private int _acknowledged;
    private int _unanswered;

    public IReadOnlyCollection<LoadRequest> Requests => _requests;

    /// <summary>Requests acknowledged so far.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Requests that were refused with 503, or not answered at all, so far.</summary>
    public int Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>Lets the senders go on with an engine.</summary>
    public void Resume(EngineProcess engine) => Volatile.Read(ref _engine).SetResult(engine);

    /// <summary>The engine that lives, or the next one.</summary>
    public Task<EngineProcess> EngineAsync(CancellationToken cancellationToken) => Volatile.Read(ref _engine).Task.WaitAsync(cancellationToken);

    /// <summary>Makes them wait for the next one once the current one stops to answer.</summary>
    public void ExpectDeath() => Volatile.Write(ref _engine, new(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Sends until cancelled; the request under way is finished.</summary>
    public Task RunAsync(int seed, CancellationToken stop) =>
        Task.WhenAll(s_paths.Select((path, index) => Task.Run(() => SendAsync(path, new Random(seed + index), stop))));

    public void Dispose() => _sender.Dispose();

    private async Task SendAsync(string path, Random random, CancellationToken stop)
    {
        var (life, failures) = ((EngineProcess?)null, 0);
        using var pause = new PeriodicTimer(s_pause, TimeProvider.System);
        while (!stop.IsCancellationRequested)
        {
            EngineProcess engine;
            try
            {
                engine = await EngineAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (engine != life)
                (life, failures) = (engine, 0);
            var outcome = await SendOneAsync(path, random, engine);
            if (outcome != Outcome.Unanswered && !paced)
                continue;
            if (outcome == Outcome.Unanswered && ++failures > maxFailuresALife)
                throw new InvalidOperationException($"{path}: {failures} requests without an answer from one engine; it printed:\n{engine.Output}");
            // Nor does a sender whose request was refused come back at once.
            await pause.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task<Outcome> SendOneAsync(string path, Random random, EngineProcess engine)
    {
        var isCurrent = random.Next(4) == 0;
        var hour = isCurrent ? TestTime.Now() : TestTime.HouseHour - ((ulong)random.Next(3) * TestTime.Hour);
        var request = new LoadRequest(Interlocked.Increment(ref _lastNumber), path, isCurrent, hour);
        try
        {
            var (status, body) = await request.SendAsync(_sender, engine);
            // A request that the disk refused, or that came while the engine stopped, may be there or not.
            request.Outcome = status is 200 or 204 ? Outcome.Acknowledged : status == 503 ? Outcome.Unanswered : Outcome.Refused;
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
        if (request.Outcome == Outcome.Unanswered)
            Interlocked.Increment(ref _unanswered);
        return request.Outcome;
    }
}
