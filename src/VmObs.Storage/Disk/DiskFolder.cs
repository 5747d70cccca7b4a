using System.Collections.Concurrent;

namespace VmObs.Storage.Disk;

/// <summary>The file system as the store needs it: the one place that knows how a file becomes durable.</summary>
/// <remarks>Durable means: written, fdatasynced, and its name fsynced in its folder. Tests replace it with one that fails.
/// See man fsync(2): "Calling fsync() does not necessarily ensure that the entry in the directory … has also reached disk."</remarks>
public abstract class DiskFolder
{
    // Folders whose names this process has synced. Bounded by the folders of a data folder: a few a day.
    private readonly ConcurrentDictionary<string, bool> _durableFolders = new(StringComparer.Ordinal);

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

    /// <summary>Bytes that the file system of a folder can hold, used or not.</summary>
    public virtual long CapacityOf(string path) => new DriveInfo(path).TotalSize;

    /// <summary>Creates a folder in one that exists; durable only after <see cref="SyncFolder"/> of that one.</summary>
    public virtual void MakeFolder(string path) => Directory.CreateDirectory(path);

    /// <summary>Creates a folder and its parents, with their names durable.</summary>
    /// <remarks>A folder that is there may have been made by a process that ended, or was refused, before its name was durable: the first time
    /// its name is synced all the same. Its parents' names were by then, because a folder is only made in one whose name is.</remarks>
    public void CreateFolder(string path)
    {
        var exists = Directory.Exists(path);
        if (exists && _durableFolders.ContainsKey(path))
            return;
        if (Path.GetDirectoryName(path) is not { } parent)
            return;
        // What stands in a folder that is not ours to write was there before us.
        if (exists && !MayMakeIn(parent))
            return;
        if (!exists)
        {
            CreateFolder(parent);
            MakeFolder(path);
        }
        SyncFolder(parent);
        _durableFolders[path] = true;
    }

    /// <summary>Whether this process may create names in a folder.</summary>
    protected virtual bool MayMakeIn(string path) => true;

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
