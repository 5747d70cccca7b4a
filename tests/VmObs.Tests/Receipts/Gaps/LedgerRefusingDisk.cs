using VmObs.Receipts;
using VmObs.Storage.Disk;

namespace VmObs.Tests.Receipts.Gaps;

/// <summary>A disk that takes everything but new receipts.</summary>
internal sealed class LedgerRefusingDisk : DiskFolder
{
    public override DiskFile Open(string path, bool create)
    {
        var file = Posix.Open(path, create);
        return path.EndsWith(ReceiptFile.RelativePath, StringComparison.Ordinal) ? new Refusing(file) : file;
    }

    public override DiskFile OpenRead(string path) => Posix.OpenRead(path);

    public override void Rename(string from, string to) => Posix.Rename(from, to);

    public override void Delete(string path) => Posix.Delete(path);

    public override void SyncFolder(string path) => Posix.SyncFolder(path);

    private sealed class Refusing(DiskFile file) : DiskFile
    {
        public override string Path => file.Path;

        public override long Length => file.Length;

        public override int Read(Span<byte> destination, long offset) => file.Read(destination, offset);

        public override void Write(ReadOnlySpan<byte> bytes, long offset) => throw new IOException($"{Path}: no space left");

        public override void SetLength(long length) => file.SetLength(length);

        public override void Sync() => file.Sync();

        public override void Dispose() => file.Dispose();
    }
}
