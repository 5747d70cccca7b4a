using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Kills;

/// <summary>A folder that is verified while its engine takes data and seals: nothing is found.</summary>
public sealed class LiveVerifyTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_folder_that_is_written_and_sealed_meanwhile_has_no_finding_at_any_depth()
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
        foreach (var depth in (string[][])[[], ["--records"], ["--journal"]])
        {
            var target = load.Acknowledged + 40;
            await Eventually.TrueAsync("requests acknowledged", s_patience, () => load.Acknowledged >= target || sending.IsFaulted || engine.HasEnded);
            var sealing = http.PostAsync(new Uri(engine.Url, "/obs/seal"), content: null, TestContext.Current.CancellationToken);
            var verified = (await ProgramRun.OfVmObsAsync(["verify", "--data", folder.Path, .. depth])).Succeeded(engine.Output);
            output.WriteLine(verified.Output);
            Assert.Contains(" 0 findings", verified.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("derived:", verified.Output, StringComparison.Ordinal);
            using var answer = await sealing;
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
        await stop.CancelAsync();
        await sending;
    }
}
