using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Demo;

/// <summary>A demo that is ended and started again.</summary>
public sealed class DemoRestartTests(RunningDemo demo) : IClassFixture<RunningDemo>
{
    [Fact]
    public async Task A_second_start_goes_on_without_sending_the_history_again()
    {
        const string Lines = "vm-obs logs query --from 2025-12-01 --limit 100000 --node brick-01 --output json | sort > ";
        (await demo.ShellAsync(Lines + "before")).Succeeded();
        Assert.Equal(0, await demo.Process.TerminateAsync(TimeSpan.FromSeconds(30)));
        await demo.StartAsync();
        (await demo.ShellAsync(Lines + "after")).Succeeded();
        var (before, after) = (Read("before"), Read("after"));
        Assert.NotEmpty(before);
        Assert.Equal(after.Length, after.Distinct().Count());
        Assert.Empty(before.Except(after));
        Assert.InRange(after.Length, before.Length, before.Length + 1000);
        Assert.DoesNotContain(".late-1.", (await demo.ShellAsync("find demo-data/telemetry -name '*.late-1.*'")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_that_is_no_demos_is_left_alone()
    {
        await using (var engine = await EngineProcess.StartAsync(Path.Combine(demo.Folder, "own")))
            await engine.TerminateAsync(TimeSpan.FromSeconds(30));
        var run = await demo.ShellAsync("vm-obs demo --data own --listen 127.0.0.1:0 --otlp-http 127.0.0.1:0 --otlp-grpc 127.0.0.1:0");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("own: got a data folder that is no demo's, want an empty one", run.Errors, StringComparison.Ordinal);
    }

    private string[] Read(string file) => File.ReadAllLines(Path.Combine(demo.Folder, file));
}
