using VmObs.Storage.Disk;

namespace VmObs.Tests.Support;

/// <summary>A disk that can be full, read-only or broken for a while: what it is told to refuse fails, everything else works.</summary>
internal sealed class RefusingDisk : DiskFolder
{
    /// <summary>Asked before each operation with its name (open, write, sync, cut, rename, delete, sync-folder) and path; true refuses it.</summary>
    public Func<string, string, bool> Refuses { get; set; } = (_, _) => false;

    /// <summary>Operations that were refused.</summary>
    public int Refused { get; private set; }

    public override DiskFile Open(string path, bool create)
    {
        Ask("open", path);
        return new RefusingFile(this, Posix.Open(path, create));
    }

    public override DiskFile OpenRead(string path) => Posix.OpenRead(path);

    public override void Rename(string from, string to)
    {
        Ask("rename", from);
        Posix.Rename(from, to);
    }

    public override void Delete(string path)
    {
        if (!File.Exists(path))
            return;
        Ask("delete", path);
        Posix.Delete(path);
    }

    public override void SyncFolder(string path)
    {
        Ask("sync-folder", path);
        Posix.SyncFolder(path);
    }

    private void Ask(string operation, string path)
    {
        if (!Refuses(operation, path))
            return;
        Refused++;
        throw new IOException($"{path}: {operation}: the disk refuses");
    }

    private sealed class RefusingFile(RefusingDisk disk, DiskFile file) : DiskFile
    {
        public override string Path => file.Path;

        public override long Length => file.Length;

        public override int Read(Span<byte> destination, long offset) => file.Read(destination, offset);

        public override void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            // As a full disk does: a part is written before it says no.
            if (disk.Refuses("write", Path))
                file.Write(bytes[..(bytes.Length / 2)], offset);
            disk.Ask("write", Path);
            file.Write(bytes, offset);
        }

        public override void SetLength(long length)
        {
            disk.Ask("cut", Path);
            file.SetLength(length);
        }

        public override void Sync()
        {
            disk.Ask("sync", Path);
            file.Sync();
        }

        public override void Dispose() => file.Dispose();
    }
}
