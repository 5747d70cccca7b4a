using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Kills;

/// <summary>SIGKILL under load: what was acknowledged is there exactly once, what was not answered is there whole or not at all.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly int s_kills = Environment.GetEnvironmentVariable("VM_OBS_TEST_LONG") is null ? 8 : 200;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Killed_under_load_an_engine_keeps_exactly_what_it_acknowledged()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        using var load = new Load();
        using var http = new HttpClient();
        using var stop = new CancellationTokenSource();
        var sending = load.RunAsync(random.Next(), stop.Token);
        using var queries = new QueryLoad(load);
        var querying = queries.RunAsync(stop.Token);
        for (var kill = 0; kill < s_kills; kill++)
            await LiveAndDieAsync(folder.Path, load, http, random, sending);
        await using var engine = await EngineProcess.StartAsync(folder.Path);
        load.Resume(engine);
        await stop.CancelAsync();
        await sending;
        await querying;
        output.WriteLine($"{s_kills} kills, {queries.Answered} queries answered, {load.Requests.Count} requests: {string.Join(", ", load.Requests.CountBy(request => request.Outcome))}");
        await LoadComparison.AssertKeptAsync(load, engine, http);
        (await ProgramRun.OfVmObsAsync("verify", "--data", folder.Path, "--journal")).Succeeded();
    }

    // One life: recovery is left alone or cut short, then some requests are taken, perhaps hours sealed meanwhile, then death.
    private static async Task LiveAndDieAsync(string folder, Load load, HttpClient http, Random random, Task sending)
    {
        if (random.Next(4) == 0)
        {
            await using var stillborn = EngineProcess.Launch(folder);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1500)), TimeProvider.System);
        }
        await using var engine = await EngineProcess.StartAsync(folder);
        var target = load.Acknowledged + random.Next(1, 60);
        load.Resume(engine);
        using var noSeal = new CancellationTokenSource();
        var seal = random.Next(3) == 0 ? SealAsync(http, engine, noSeal.Token) : Task.CompletedTask;
        await Eventually.TrueAsync("the load's acknowledgements", s_patience, () => load.Acknowledged >= target || sending.IsFaulted || engine.HasEnded);
        if (sending.IsFaulted)
            await sending;
        Assert.False(engine.HasEnded, $"the engine ended by itself; it printed:\n{engine.Output}");
        load.ExpectDeath();
        await engine.KillAsync();
        await noSeal.CancelAsync();
        await seal;
    }

    private static async Task SealAsync(HttpClient http, EngineProcess engine, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.PostAsync(new Uri(engine.Url, "/obs/seal"), content: null, cancellationToken);
            await response.Content.ReadAsStringAsync(cancellationToken);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
        {
            // The engine died while it sealed, as it should here.
        }
    }
}
