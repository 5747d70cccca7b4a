using VmObs.ProcessTests.House;
using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Ask;

/// <summary>Completion, status, doctor and SQL as people meet them.</summary>
public sealed class ShellTests(SealedHouse house) : IClassFixture<SealedHouse>
{
    [Theory]
    [InlineData("vm-obs lo", "logs")]
    [InlineData("vm-obs logs query --serv", "--service --server")]
    [InlineData("vm-obs query --output par", "parquet")]
    [InlineData("vm-obs completion z", "zsh")]
    public async Task Bash_completes_commands_options_and_values(string line, string want)
    {
        var script = (await ProgramRun.OfVmObsAsync("completion", "bash")).Succeeded().Output;
        using var folder = new VmObs.Tests.Support.TemporaryFolder();
        var source = folder.File("completion.bash", System.Text.Encoding.UTF8.GetBytes(script));
        var run = await ProgramRun.OfAsync("/bin/bash", ["-c",
            $$"""
            vm-obs() { dotnet {{Programs.VmObs}} "$@"; }
            source {{source}}
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}} COMP_WORDS=({{line}}) COMP_CWORD={{line.Count(static c => c == ' ')}}
            _vm_obs
            echo "${COMPREPLY[@]}"
            """]);
        Assert.Equal(want.Split(' ').Order(), run.Succeeded().Output.TrimEnd().Split(' ').Order());
    }

    [Theory]
    [InlineData("bash", "-n")]
    [InlineData("zsh", "-n")]
    [InlineData("fish", "--no-execute")]
    public async Task Scripts_are_what_their_shells_can_read(string shell, string check)
    {
        var script = (await ProgramRun.OfVmObsAsync("completion", shell)).Succeeded().Output;
        using var folder = new VmObs.Tests.Support.TemporaryFolder();
        var file = folder.File("script", System.Text.Encoding.UTF8.GetBytes(script));
        (await ProgramRun.OfAsync(Tool.Path(shell, shell), [check, file])).Succeeded();
    }

    [Fact]
    public async Task Status_is_one_screen_and_doctor_finds_what_is_wrong_with_a_key()
    {
        var status = (await ProgramRun.OfVmObsAsync(house.Engine.Url, "status")).Succeeded().Output;
        Assert.Matches(@"^status +ok\nengine +vm-obs \d", status);
        Assert.Contains("telemetry/", status, StringComparison.Ordinal);
        Assert.InRange(status.Split('\n').Length, 8, 24);
        var copy = house.Copy();
        var well = (await ProgramRun.OfVmObsAsync(house.Engine.Url, "doctor", "--data", copy)).Output;
        Assert.Contains("key      ok", well, StringComparison.Ordinal);
        // The system chose the ports.
        Assert.Matches($"port +ok +OTLP over gRPC listens at 127\\.0\\.0\\.1:{house.Engine.OtlpGrpc.Port}, not at the usual 4317", well);
        Assert.Matches($"port +ok +OTLP over HTTP listens at 127\\.0\\.0\\.1:{house.Engine.OtlpHttp.Port}, not at the usual 4318", well);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(copy, "keys/observability.key"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var doctor = await ProgramRun.OfVmObsAsync(house.Engine.Url, "doctor", "--data", copy);
        Assert.Equal(1, doctor.ExitCode);
        Assert.Contains("chmod 600", doctor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sql_finds_its_library_in_the_build_and_reads_beside_a_running_engine()
    {
        var run = (await ProgramRun.OfVmObsAsync("sql", "select count(*) n, count(distinct service) > 0 s from logs", "--data", house.PathOf("."), "-o", "json")).Succeeded();
        Assert.Matches("""^\{"n":[1-9]\d*,"s":true\}\n$""", run.Output);
    }
}
