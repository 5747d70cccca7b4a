using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Kills;

/// <summary>SIGKILL under load: what was acknowledged is there exactly once, what was not answered is there whole or not at all.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly int s_kills = Environment.GetEnvironmentVariable("VM_OBS_TEST_LONG") is null ? 30 : 200;
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
        for (var kill = 0; kill < s_kills; kill++)
            await LiveAndDieAsync(folder.Path, load, http, random, sending);
        await using var engine = await EngineProcess.StartAsync(folder.Path);
        load.Resume(engine);
        await stop.CancelAsync();
        await sending;
        (await ProgramRun.OfVmObsAsync(engine.Url, "seal")).Succeeded();

        var stored = new StoredRecords(engine, http);
        var past = load.Requests.Where(request => !request.IsCurrent).ToList();
        var current = load.Requests.Where(request => request.IsCurrent).ToList();
        output.WriteLine($"{load.Requests.Count} requests: {string.Join(", ", load.Requests.CountBy(request => request.Outcome))}");
        Assert.All(new[] { past, current }, requests => Assert.Contains(requests, request => request.Outcome == Outcome.Acknowledged));
        Compare(past, stored.Sealed(), "sealed files");
        Compare(past, await stored.AnsweredOfPastAsync(Traces(past)), "answers of past hours");
        Compare(current, await stored.AnsweredOfNowAsync(Traces(current)), "answers of this hour");
        (await ProgramRun.OfVmObsAsync("verify", "--data", folder.Path)).Succeeded();
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
        var target = load.Acknowledged + random.Next(1, 90);
        load.Resume(engine);
        using var noSeal = new CancellationTokenSource();
        var seal = random.Next(3) == 0 ? SealAsync(http, engine, noSeal.Token) : Task.CompletedTask;
        var asking = AskAsync(new StoredRecords(engine, http), load, random.Next(2) == 0, noSeal.Token);
        await Eventually.TrueAsync("the load's acknowledgements", s_patience, () => load.Acknowledged >= target || sending.IsFaulted || engine.HasEnded);
        if (sending.IsFaulted)
            await sending;
        Assert.False(engine.HasEnded, $"the engine ended by itself; it printed:\n{engine.Output}");
        load.ExpectDeath();
        await engine.KillAsync();
        await noSeal.CancelAsync();
        await seal;
        await asking;
    }

    // Asks all through the life: what was acknowledged before the question is in the answer once, whatever is flushed or sealed meanwhile.
    private static async Task AskAsync(StoredRecords stored, Load load, bool past, CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var acknowledged = load.Requests.Where(request => request.Outcome == Outcome.Acknowledged && request.IsCurrent != past && !request.IsTrace).ToList();
                var found = past
                    ? await stored.AnsweredOfPastAsync([])
                    : await stored.AnsweredOfNowAsync([]);
                var faults = acknowledged.SelectMany(request => Enumerable.Range(0, request.Records).Select(record => Key(request, record)))
                    .Where(name => found.GetValueOrDefault(name) != 1).Concat(found.Where(name => name.Value > 1).Select(name => name.Key)).Distinct().ToList();
                Assert.True(faults.Count == 0, $"while the engine ran, {faults.Count} records were not there once, such as {string.Join(", ", faults.Take(5))}");
            }
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            // The engine died while it answered, as it should here.
        }
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

    private static IEnumerable<LoadRequest> Traces(IEnumerable<LoadRequest> requests) => requests.Where(request => request.IsTrace);

    private static void Compare(IReadOnlyList<LoadRequest> requests, Dictionary<string, long> found, string where)
    {
        var faults = new List<string>();
        foreach (var request in requests)
        {
            var counts = Enumerable.Range(0, request.Records).Select(record => found.GetValueOrDefault(Key(request, record))).ToList();
            var wanted = request.Outcome switch { Outcome.Acknowledged => counts.TrueForAll(n => n == 1), Outcome.Refused => counts.TrueForAll(n => n == 0), _ => AllOrNothing(counts) };
            if (!wanted)
                faults.Add($"{request.Path} {request.Number}, {request.Outcome}: records are there {string.Join(' ', counts)} times");
        }
        var known = requests.SelectMany(request => Enumerable.Range(0, request.Records).Select(record => Key(request, record))).ToHashSet();
        faults.AddRange(found.Keys.Where(name => !known.Contains(name)).Select(name => $"{name} was never sent"));
        Assert.True(faults.Count == 0, $"{where}: {faults.Count} faults\n{string.Join('\n', faults.Take(20))}");
    }

    private static bool AllOrNothing(List<long> counts) => counts.TrueForAll(n => n == counts[0]) && counts[0] is 0 or 1;

    private static string Key(LoadRequest request, int record) =>
        request.IsMetrics ? $"{request.Name(record)} {record}" : request.IsTrace ? $"trace {request.Name(record)}" : request.Name(record);
}
