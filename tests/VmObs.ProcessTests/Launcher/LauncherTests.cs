using System.Diagnostics;
using System.Reflection.PortableExecutable;
using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Launcher;

public sealed class LauncherTests(LaunchedRepository repository) : IClassFixture<LaunchedRepository>
{
    private const string Building = "vm-obs: building, once until the sources change; takes one to three minutes…\n";

    [Fact]
    public async Task The_launcher_builds_once_and_becomes_the_program()
    {
        repository.Greet("hello");
        var link = repository.Beside("link");
        File.CreateSymbolicLink(link, repository.Launcher);
        var first = (await RunAsync(link, "say", "a b", "", "*")).Succeeded();
        Assert.Equal("hello a b||*\n", first.Output);
        Assert.Contains(first.Errors, new[] { "", Building });
        using (var program = new PEReader(File.OpenRead(Path.Combine(Directory.EnumerateDirectories(repository.Builds).First(IsBuild), "vm-obs.dll"))))
            Assert.NotEqual(0, program.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
        var second = await RunAsync(repository.Launcher, "end", "7");
        Assert.Equal((7, "", ""), (second.ExitCode, second.Output, second.Errors));
    }

    [Fact]
    public async Task A_changed_source_is_built_beside_a_running_program_which_gets_its_own_signals()
    {
        repository.Greet("before");
        (await RunAsync(repository.Launcher, "say")).Succeeded();
        using var running = Process.Start(new ProcessStartInfo(repository.Launcher, ["wait"]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        Assert.Equal("waiting", await running.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        var itsBuild = Directory.EnumerateDirectories(repository.Builds).Where(IsBuild).MaxBy(Directory.GetCreationTimeUtc)!;
        Directory.SetLastWriteTimeUtc(itsBuild, DateTime.UnixEpoch);
        var others = Enumerable.Range(0, 4).Select(i => FakeBuild($"fake{i}", DateTime.UnixEpoch.AddDays(1 + i))).ToList();

        repository.Greet("after");
        var run = (await RunAsync(repository.Launcher, "say", "x")).Succeeded();
        Assert.Equal(("after x\n", Building), (run.Output, run.Errors));
        // Three builds are kept, and the oldest of all because it runs.
        Assert.True(File.Exists(Path.Combine(itsBuild, "vm-obs.dll")), "the running program's build was pruned");
        Assert.Equal([false, false], others.Take(2).Select(Directory.Exists));

        (await ProgramRun.OfAsync("kill", ["-TERM", $"{running.Id}"])).Succeeded();
        await running.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(42, running.ExitCode);
    }

    [Fact]
    public async Task Sources_that_do_not_build_end_with_125_and_the_compilers_words_on_stderr()
    {
        repository.WriteProgram("return nonsense;");
        var run = await RunAsync(repository.Launcher, "say");
        Assert.Equal((125, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(Building, run.Errors, StringComparison.Ordinal);
        Assert.Contains("CS0103", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_dotnet_the_launcher_says_what_is_missing()
    {
        var path = Path.GetDirectoryName(repository.Beside("x"))!;
        foreach (var tool in new[] { "dirname", "readlink" })
            File.CreateSymbolicLink(Path.Combine(path, tool), $"/usr/bin/{tool}");
        var run = await ProgramRun.OfAsync("/bin/bash", [repository.Launcher], new Dictionary<string, string?> { ["PATH"] = path });
        Assert.Equal((127, ""), (run.ExitCode, run.Output));
        Assert.Contains(".NET 10 SDK", run.Errors, StringComparison.Ordinal);
    }

    private static Task<ProgramRun> RunAsync(string launcher, params string[] arguments) => ProgramRun.OfAsync(launcher, arguments);

    private static bool IsBuild(string folder) => File.Exists(Path.Combine(folder, "vm-obs.dll")) && !Path.GetFileName(folder).StartsWith("fake", StringComparison.Ordinal);

    private string FakeBuild(string name, DateTime written)
    {
        var folder = Directory.CreateDirectory(Path.Combine(repository.Builds, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "vm-obs.dll"), "");
        Directory.SetLastWriteTimeUtc(folder, written);
        return folder;
    }
}
