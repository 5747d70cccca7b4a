using System.Net;
using System.Net.Sockets;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Kills;

/// <summary>SIGTERM under load: the engine ends by itself in time, gives its ports back, and what it acknowledged is there.</summary>
public sealed class TerminateTests(ITestOutputHelper output)
{
    private static readonly int s_rounds = Environment.GetEnvironmentVariable("VM_OBS_TEST_LONG") is null ? 2 : 10;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Told_to_end_under_load_an_engine_ends_in_time_and_keeps_what_it_acknowledged(bool isSealing)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        using var folder = new TemporaryFolder();
        using var load = new Load(maxFailuresALife: int.MaxValue);
        using var http = new HttpClient();
        using var stop = new CancellationTokenSource();
        var sending = load.RunAsync(seed, stop.Token);
        for (var round = 0; round < s_rounds; round++)
        {
            await using var engine = await EngineProcess.StartAsync(folder.Path);
            var target = load.Acknowledged + 40;
            load.Resume(engine);
            await Eventually.TrueAsync("requests acknowledged", s_patience, () => load.Acknowledged >= target || sending.IsFaulted || engine.HasEnded);
            Assert.False(engine.HasEnded, engine.Output);
            using var noSeal = new CancellationTokenSource();
            var sealing = isSealing ? http.PostAsync(new Uri(engine.Url, "/obs/seal"), content: null, noSeal.Token) : Task.FromResult(new HttpResponseMessage());
            load.ExpectDeath();
            Assert.Equal(0, await engine.TerminateAsync(s_limit));
            foreach (var address in new[] { engine.Url, engine.OtlpHttp, engine.OtlpGrpc })
            {
                using var listener = new TcpListener(IPAddress.Loopback, address.Port);
                listener.Start();
            }
            await noSeal.CancelAsync();
            await sealing.ContinueWith(_ => { }, TaskScheduler.Default);
        }
        await using var last = await EngineProcess.StartAsync(folder.Path);
        load.Resume(last);
        await stop.CancelAsync();
        await sending;
        output.WriteLine($"{load.Requests.Count} requests: {string.Join(", ", load.Requests.CountBy(request => request.Outcome))}");
        await LoadComparison.AssertKeptAsync(load, last, http);
        (await ProgramRun.OfVmObsAsync("verify", "--data", folder.Path, "--journal")).Succeeded();
    }
}
