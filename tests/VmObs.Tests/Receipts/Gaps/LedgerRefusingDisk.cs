using VmObs.Receipts;
using VmObs.Storage.Disk;

namespace VmObs.Tests.Receipts.Gaps;

/// <summary>A disk that takes everything but new receipts.</summary>
internal sealed class LedgerRefusingDisk : DiskFolder
{
    /// <summary>Whether it refuses them now.</summary>
    public bool Refuses { get; set; } = true;

    public override DiskFile Open(string path, bool create)
    {
        var file = Posix.Open(path, create);
        return path.EndsWith(ReceiptFile.RelativePath, StringComparison.Ordinal) ? new RefusingFile(this, file) : file;
    }

    public override DiskFile OpenRead(string path) => Posix.OpenRead(path);

    public override void Rename(string from, string to) => Posix.Rename(from, to);

    public override void Delete(string path) => Posix.Delete(path);

    public override void SyncFolder(string path) => Posix.SyncFolder(path);

    private sealed class RefusingFile(LedgerRefusingDisk disk, DiskFile file) : DiskFile
    {
        public override string Path => file.Path;

        public override long Length => file.Length;

        public override int Read(Span<byte> destination, long offset) => file.Read(destination, offset);

        public override void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (disk.Refuses)
                throw new IOException($"{Path}: no space left");
            file.Write(bytes, offset);
        }

        public override void SetLength(long length) => file.SetLength(length);

        public override void Sync() => file.Sync();

        public override void Dispose() => file.Dispose();
    }
}
