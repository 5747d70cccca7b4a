using VmObs.ProcessTests.House;
using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Native;

/// <summary>The native programs do what those do that .NET compiles as they run.</summary>
/// <remarks>Publishing takes minutes of both processors, so only <c>./test --long</c> runs these.</remarks>
public sealed class NativeTests(PublishedPrograms programs) : IClassFixture<PublishedPrograms>
{
    // Neither is found by a program that needs .NET.
    private static readonly Dictionary<string, string?> s_withoutDotnet = new() { ["DOTNET_ROOT"] = "/nonexistent", ["PATH"] = "/usr/bin:/bin", ["VM_OBS_SERVER"] = null };

    [Fact(Explicit = true)]
    public async Task Publish_makes_the_programs_and_a_tarball_that_holds_them()
    {
        var printed = programs.Publishing.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([programs.VmObs, programs.VmObsVerify], printed[..2]);
        var tarball = Assert.Single(printed[2..]);
        Assert.Matches("/vm-obs-[0-9.]+-linux-[a-z0-9_]+\\.tar\\.gz$", tarball);
        (await ProgramRun.OfAsync("tar", ["-xzf", tarball, "-C", programs.PathOf("."), "--strip-components=1"])).Succeeded();
        foreach (var program in new[] { "vm-obs", "vm-obs-verify" })
            Assert.True(File.ReadAllBytes(programs.PathOf("publish/" + program)).AsSpan().SequenceEqual(File.ReadAllBytes(programs.PathOf(program))), $"{program} differs in the tarball");
        Assert.Matches("^[0-9]+\\.[0-9]+\\.[0-9]+", (await ProgramRun.OfAsync(programs.PathOf("vm-obs"), ["--version"], s_withoutDotnet)).Succeeded().Output);
    }

    [Fact(Explicit = true)]
    public async Task A_native_engine_takes_all_signals_answers_seals_and_verifies()
    {
        var data = programs.PathOf("data");
        await using (var engine = await EngineProcess.StartNativeAsync(programs.VmObs, data))
        {
            using var sender = new OtlpSender();
            await HouseTelemetry.SendAsync(sender, engine.OtlpHttp);
            string[] hour = ["--from", "2025-12-06T13:00:00Z", "--to", "2025-12-06T14:00:00Z", "--output", "json", "--limit", "100000"];
            Assert.Equal(HouseTelemetry.Lines, (await RunAsync(engine, ["logs", "query", .. hour])).JsonLines().Count);
            Assert.Contains("treasury", (await RunAsync(engine, "trace", "show", HouseTelemetry.TraceId)).Output, StringComparison.Ordinal);
            await RunAsync(engine, "seal");
            // The same questions to the sealed files.
            Assert.Equal(HouseTelemetry.Lines, (await RunAsync(engine, ["logs", "query", .. hour])).JsonLines().Count);
            Assert.NotEmpty((await RunAsync(engine, ["metrics", "query", "--node", "brick-01", "--metric", "cpu_percent", .. hour])).JsonLines());
            Assert.Contains("treasury", (await RunAsync(engine, "trace", "show", HouseTelemetry.TraceId)).Output, StringComparison.Ordinal);
            Assert.NotEmpty((await RunAsync(engine, "query", "--from", "2025-12-01", "--output", "json")).JsonLines());
            Assert.Equal(0, await engine.TerminateAsync(TimeSpan.FromSeconds(30)));
        }
        Assert.Contains(" 0 findings", (await ProgramRun.OfAsync(programs.VmObs, ["verify", "--data", data], s_withoutDotnet)).Succeeded().Output, StringComparison.Ordinal);
        (await ProgramRun.OfAsync(programs.VmObsVerify, [data], s_withoutDotnet)).Succeeded();
    }

    private async Task<ProgramRun> RunAsync(EngineProcess engine, params string[] arguments) =>
        (await ProgramRun.OfAsync(programs.VmObs, arguments, new Dictionary<string, string?>(s_withoutDotnet) { ["VM_OBS_SERVER"] = engine.Url.ToString().TrimEnd('/') })).Succeeded();
}
