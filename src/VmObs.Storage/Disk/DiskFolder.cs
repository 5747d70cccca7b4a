namespace VmObs.Storage.Disk;

/// <summary>The file system as the store needs it: the one place that knows how a file becomes durable.</summary>
/// <remarks>Durable means: written, fdatasynced, and its name fsynced in its folder. Tests replace it with one that fails.
/// See man fsync(2): "Calling fsync() does not necessarily ensure that the entry in the directory … has also reached disk."</remarks>
public abstract class DiskFolder
{
    /// <summary>The real file system.</summary>
    public static DiskFolder Posix { get; } = new PosixDisk();

    /// <summary>Opens for reading and writing.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="create">Creates the file (it must not exist) instead of opening an existing one.</param>
    public abstract DiskFile Open(string path, bool create);

    /// <summary>Opens an existing file for reading only.</summary>
    public abstract DiskFile OpenRead(string path);

    /// <summary>Renames within one file system, replacing the target; durable only after <see cref="SyncFolder"/>.</summary>
    public abstract void Rename(string from, string to);

    /// <summary>Deletes a file; nothing happens when it does not exist.</summary>
    public abstract void Delete(string path);

    /// <summary>Makes the names in a folder durable.</summary>
    public abstract void SyncFolder(string path);

    /// <summary>Creates a folder and its parents, with their names durable.</summary>
    public void CreateFolder(string path)
    {
        if (Directory.Exists(path))
            return;
        var parent = Path.GetDirectoryName(path) ?? throw new IOException($"{path}: has no parent folder");
        CreateFolder(parent);
        Directory.CreateDirectory(path);
        SyncFolder(parent);
    }

    /// <summary>Replaces a small file in one step, durably: after a crash either the old or the new content stands.</summary>
    public void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".tmp";
        Delete(temporary);
        using (var file = Open(temporary, create: true))
        {
            file.Write(content, 0);
            file.Sync();
        }
        Rename(temporary, path);
        SyncFolder(Path.GetDirectoryName(path)!);
    }
}
