using System.Diagnostics;

namespace VmObs.ProcessTests.Disks;

/// <summary>A small file system of its own, for faults that a test must not do to the machine's. Needs root and the right to mount.</summary>
internal sealed class MountedFolder : IDisposable
{
    private readonly string _root;
    private readonly string? _image;

    private MountedFolder(string root, string? image)
    {
        _root = root;
        _image = image;
        Path = System.IO.Path.Combine(root, "mounted");
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    /// <summary>Memory with so many MiB of room. Skips the test where it cannot be mounted.</summary>
    public static MountedFolder OfMemory(int mebibytes)
    {
        var folder = new MountedFolder(Directory.CreateTempSubdirectory("vm-obs-disk-").FullName, null);
        folder.Mount("-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", folder.Path);
        return folder;
    }

    /// <summary>ext4 in a file. Skips the test where it cannot be mounted.</summary>
    public static MountedFolder OfExt4(int mebibytes)
    {
        var root = Directory.CreateTempSubdirectory("vm-obs-disk-").FullName;
        var folder = new MountedFolder(root, System.IO.Path.Combine(root, "image"));
        using (var image = File.Create(folder._image!))
            image.SetLength(mebibytes * 1024L * 1024);
        Assert.SkipUnless(File.Exists("/usr/sbin/mkfs.ext4"), "mkfs.ext4 is not installed");
        Assert.Equal("", Run("/usr/sbin/mkfs.ext4", "-q", folder._image!));
        folder.MountAgain();
        return folder;
    }

    /// <summary>Mounts the ext4 image (again).</summary>
    public void MountAgain() => Mount("-o", "loop", _image!, Path);

    /// <summary>What the kernel does when the disk below breaks: everything that is open is read-only from now on.</summary>
    public void TurnReadOnly() => Assert.Equal("", Run("mount", "-o", "remount,abort", Path));

    public void Unmount() => Assert.Equal("", Run("umount", Path));

    public void Dispose()
    {
        // Lazily: whatever a failed test left running must not keep it.
        Run("umount", "-l", Path);
        Directory.Delete(_root, recursive: true);
    }

    private void Mount(params string[] arguments)
    {
        var error = Run("mount", arguments);
        if (error.Length == 0)
            return;
        Directory.Delete(_root, recursive: true);
        Assert.Skip($"cannot mount: {error}");
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : $"{program} {string.Join(' ', arguments)}: {error}";
    }
}
