using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Disks;

/// <summary>A file system in memory of a fixed size.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    private SmallDisk()
    {
    }

    /// <summary>Where it is mounted.</summary>
    public string Path => _folder.Path;

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Mounts one. Skips the test where that is not allowed.</summary>
    public static async Task<SmallDisk> MountAsync(string size)
    {
        var disk = new SmallDisk();
        var mount = await ProgramRun.OfAsync("mount", ["-t", "tmpfs", "-o", $"size={size}", "tmpfs", disk.Path]);
        if (mount.ExitCode == 0)
            return disk;
        disk._folder.Dispose();
        Assert.Skip($"not run: no file system can be mounted here: {mount.Errors.Trim()}");
        return disk;
    }

    /// <summary>Fills it to the last byte.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        foreach (var block in new[] { new byte[65536], new byte[4096], new byte[1] })
        {
            try
            {
                while (true)
                    file.Write(block);
            }
            catch (IOException)
            {
                // Full for blocks of this size.
                continue;
            }
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Empty() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        (await ProgramRun.OfAsync("umount", [Path])).Succeeded();
        _folder.Dispose();
    }
}
