using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Kills;

/// <summary>A copy that is made while an engine takes data and seals: it verifies, starts, and has what was acknowledged before.</summary>
public sealed class BackupTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_backup_under_load_verifies_and_starts_with_all_that_was_acknowledged_before_it()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        using var folder = new TemporaryFolder();
        using var load = new Load(paced: true);
        using var http = new HttpClient();
        using var stop = new CancellationTokenSource();
        await using var engine = await EngineProcess.StartAsync(folder.Path);
        var sending = load.RunAsync(seed, stop.Token);
        load.Resume(engine);
        for (var round = 0; round < 2; round++)
        {
            var target = load.Acknowledged + 60;
            await Eventually.TrueAsync("requests acknowledged", s_patience, () => load.Acknowledged >= target || sending.IsFaulted || engine.HasEnded);
            using var sealing = await http.PostAsync(new Uri(engine.Url, "/obs/seal"), content: null, TestContext.Current.CancellationToken);
            Assert.True(sealing.IsSuccessStatusCode, await sealing.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            target = load.Acknowledged + 20;
            await Eventually.TrueAsync("requests acknowledged", s_patience, () => load.Acknowledged >= target || sending.IsFaulted || engine.HasEnded);
            var before = load.Requests.Where(request => request.Outcome == Outcome.Acknowledged).ToHashSet();
            using var place = new TemporaryFolder();
            var copy = Path.Combine(place.Path, "copy");
            // Hours are being sealed while the copy begins: it waits for them, or they for it.
            var during = http.PostAsync(new Uri(engine.Url, "/obs/seal"), content: null, TestContext.Current.CancellationToken);
            output.WriteLine((await ProgramRun.OfVmObsAsync("backup", copy, "--data", folder.Path, "--with-keys")).Succeeded(engine.Output).Output);
            (await during).Dispose();
            (await ProgramRun.OfVmObsAsync("verify", "--data", copy)).Succeeded();
            await using (var restored = await EngineProcess.StartAsync(copy))
            {
                await LoadComparison.AssertKeptAsync(load, restored, http, before.Contains);
                (await ProgramRun.OfVmObsAsync("verify", "--data", copy)).Succeeded(restored.Output);
                Assert.Equal(0, await restored.TerminateAsync(TimeSpan.FromSeconds(10)));
            }
        }
        await stop.CancelAsync();
        await sending;
        await LoadComparison.AssertKeptAsync(load, engine, http);
    }

    [Fact]
    public async Task A_second_engine_on_a_folder_is_told_who_has_it()
    {
        using var folder = new TemporaryFolder();
        await using var engine = await EngineProcess.StartAsync(folder.Path);
        var second = await ProgramRun.OfVmObsAsync("serve", "--data", folder.Path, "--listen", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0");
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"(pid {engine.ProcessId} on {Environment.MachineName})", second.Errors, StringComparison.Ordinal);
    }
}
