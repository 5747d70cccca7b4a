using System.Net;
using VmObs.ProcessTests.Kills;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Disks;

/// <summary>A disk that is full, read-only or failing for a while: the real engine refuses, stays up, answers, and goes on without a restart.</summary>
public sealed class RefusingDiskTests(ITestOutputHelper output)
{
    private const int Requests = 30;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_full_disk_that_empties_again_loses_nothing()
    {
        await using var disk = await SmallDisk.MountAsync("64m");
        await RunAsync(Path.Combine(disk.Path, "data"), _ => { disk.Fill(); return Task.CompletedTask; }, () => { disk.Empty(); return Task.CompletedTask; });
    }

    [Theory]
    [InlineData("fdatasync,fsync", "EIO")]
    [InlineData("pwrite64,ftruncate,fdatasync,fsync,rename,unlink,mkdir", "EROFS")]
    public async Task A_disk_that_fails_or_is_read_only_for_a_while_loses_nothing(string calls, string error)
    {
        using var folder = new TemporaryFolder();
        RefusedCalls? refused = null;
        await RunAsync(folder.Path, async engine => refused = await RefusedCalls.BeginAsync(engine.ProcessId, calls, error), async () => await refused!.DisposeAsync());
    }

    private async Task RunAsync(string data, Func<EngineProcess, Task> refuse, Func<Task> allow)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        using var load = new Load(maxFailuresALife: int.MaxValue, paced: true);
        using var http = new HttpClient();
        using var stop = new CancellationTokenSource();
        var engine = await EngineProcess.StartAsync(data);
        try
        {
            var sending = load.RunAsync(seed, stop.Token);
            load.Resume(engine);
            await UntilAsync("requests acknowledged", sending, engine, () => load.Acknowledged >= Requests);
            await refuse(engine);
            try
            {
                var before = load.Unanswered;
                await UntilAsync("requests refused", sending, engine, () => load.Unanswered >= before + Requests);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(http, engine, "/obs/health"));
                Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, engine, "/obs/logs?last=1h&limit=1"));
                Assert.Equal(HttpStatusCode.InternalServerError, await SealAsync(http, engine));
            }
            finally
            {
                await allow();
            }
            var acknowledged = load.Acknowledged;
            await UntilAsync("requests acknowledged again", sending, engine, () => load.Acknowledged >= acknowledged + Requests);
            await stop.CancelAsync();
            await sending;
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, engine, "/obs/health"));
            output.WriteLine($"{load.Requests.Count} requests: {string.Join(", ", load.Requests.CountBy(request => request.Outcome))}");
            await LoadComparison.AssertKeptAsync(load, engine, http);
            (await ProgramRun.OfVmObsAsync("verify", "--data", data)).Succeeded(engine.Output);
            await engine.KillAsync();
            await engine.DisposeAsync();
            engine = await EngineProcess.StartAsync(data);
            await LoadComparison.AssertKeptAsync(load, engine, http);
        }
        finally
        {
            await engine.DisposeAsync();
        }
    }

    private static async Task UntilAsync(string what, Task sending, EngineProcess engine, Func<bool> isSo)
    {
        await Eventually.TrueAsync(what, s_patience, () => isSo() || sending.IsFaulted || engine.HasEnded);
        if (sending.IsFaulted)
            await sending;
        Assert.False(engine.HasEnded, $"the engine ended by itself; it printed:\n{engine.Output}");
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, EngineProcess engine, string path)
    {
        using var response = await http.GetAsync(new Uri(engine.Url, path));
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> SealAsync(HttpClient http, EngineProcess engine)
    {
        using var response = await http.PostAsync(new Uri(engine.Url, "/obs/seal"), content: null);
        return response.StatusCode;
    }
}
