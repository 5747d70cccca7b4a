using System.Diagnostics;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Disks;

/// <summary>The real engine on real file systems that are full, break, or cannot sync.</summary>
public sealed class DiskFaultTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_full_disk_refuses_answers_and_heals_once_it_has_room()
    {
        using var disk = MountedFolder.OfMemory(24);
        var data = Path.Combine(disk.Path, "data");
        var filler = Path.Combine(disk.Path, "filler");
        using var lines = new NumberedLines();
        await using (var engine = await EngineProcess.StartAsync(data))
        {
            await using (var file = File.Create(filler))
                await file.WriteAsync(new byte[16 * 1024 * 1024], TestContext.Current.CancellationToken);
            // Lines that do not compress fill what is left.
            while (await lines.SendAsync(engine, lineBytes: 4_000))
                Assert.InRange(lines.Acknowledged, 0, 500);
            Assert.True(lines.Acknowledged > 0);
            Assert.False(await lines.SendAsync(engine, lineBytes: 4_000));
            Assert.Contains("No space left on device", await lines.HealthAsync(engine), StringComparison.Ordinal);
            await lines.CheckAsync(engine);
            File.Delete(filler);
            await Eventually.GetAsync("an acknowledgement after the disk has room", s_patience, async () => await lines.SendAsync(engine) ? lines : null);
            Assert.Contains("\"status\":\"ok\"", await lines.HealthAsync(engine), StringComparison.Ordinal);
            (await ProgramRun.OfVmObsAsync(engine.Url, "seal")).Succeeded();
            await lines.CheckAsync(engine);
            Assert.Equal(0, await engine.TerminateAsync(TimeSpan.FromSeconds(5)));
        }
        await StartsAgainAsync(data, lines);
    }

    [Fact]
    public async Task A_disk_that_turns_read_only_is_refused_and_what_was_acknowledged_is_there_when_it_is_mounted_again()
    {
        using var disk = MountedFolder.OfExt4(64);
        var data = Path.Combine(disk.Path, "data");
        using var lines = new NumberedLines();
        await using (var engine = await EngineProcess.StartAsync(data))
        {
            for (var i = 0; i < 20; i++)
                Assert.True(await lines.SendAsync(engine));
            disk.TurnReadOnly();
            for (var i = 0; i < 5; i++)
                Assert.False(await lines.SendAsync(engine));
            Assert.Contains("\"status\":\"failing\"", await lines.HealthAsync(engine), StringComparison.Ordinal);
            await lines.CheckAsync(engine);
            Assert.Equal(0, await engine.TerminateAsync(TimeSpan.FromSeconds(5)));
        }
        disk.Unmount();
        disk.MountAgain();
        await StartsAgainAsync(data, lines);
    }

    [Fact]
    public async Task A_sync_that_fails_acknowledges_nothing_and_the_next_goes_on_in_a_new_segment()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed");
        using var folder = new TemporaryFolder();
        using var lines = new NumberedLines();
        await using (var engine = await EngineProcess.StartAsync(folder.Path))
        {
            Assert.True(await lines.SendAsync(engine));
            using (var strace = Process.Start(new ProcessStartInfo(
                "strace", ["-f", "-qq", "-p", $"{engine.Id}", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=1+2"]) { RedirectStandardError = true })!)
            {
                // strace says what it injects once it is attached.
                var injected = strace.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
                while (lines.Refused < 10)
                {
                    Assert.False(strace.HasExited && lines.Refused == 0, "strace ended; it may not trace here");
                    await lines.SendAsync(engine);
                }
                Assert.Contains("EIO", await injected ?? "", StringComparison.Ordinal);
                strace.Kill();
                await strace.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
            Assert.True(lines.Acknowledged > 1);
            Assert.True(await lines.SendAsync(engine));
            await lines.CheckAsync(engine);
            await engine.KillAsync();
        }
        await StartsAgainAsync(folder.Path, lines);
    }

    private static async Task StartsAgainAsync(string data, NumberedLines lines)
    {
        await using var engine = await EngineProcess.StartAsync(data);
        await lines.CheckAsync(engine);
        Assert.True(await lines.SendAsync(engine));
        (await ProgramRun.OfVmObsAsync(engine.Url, "seal")).Succeeded();
        await lines.CheckAsync(engine);
        (await ProgramRun.OfVmObsAsync("verify", "--data", data)).Succeeded();
    }
}
