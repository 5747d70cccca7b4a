using VmObs.Storage.Disk;

namespace VmObs.Tests.Receipts;

/// <summary>How much of the failing call reaches the disk.</summary>
public enum FailurePoint
{
    NotPersisted,
    HalfPersisted,
    Persisted,
}

/// <summary>The real disk until its n-th change, which fails, and every later one with it: what a crash looks like from inside.</summary>
/// <remarks>Syncs are counted but not made: the test's own machine does not go down, and they are most of the time.</remarks>
internal sealed class FailingDisk(int failAt, FailurePoint point) : DiskFolder
{
    public int Changes { get; private set; }

    public bool HasFailed => Changes > failAt;

    public override DiskFile Open(string path, bool create) =>
        new FailingFile(this, create ? Change(() => Posix.Open(path, create: true)) : Posix.Open(path, create: false));

    public override DiskFile OpenRead(string path) => Posix.OpenRead(path);

    public override void Rename(string from, string to) => Change(() => Posix.Rename(from, to));

    public override void Delete(string path) => Posix.Delete(path);

    public override void SyncFolder(string path) => Change(() => { });

    private void Change(Action whole, Action? half = null) => Change(
        () =>
        {
            whole();
            return 0;
        },
        half);

    private T Change<T>(Func<T> whole, Action? half = null)
    {
        var number = Changes++;
        if (number < failAt)
            return whole();
        if (number == failAt && point == FailurePoint.HalfPersisted)
            half?.Invoke();
        if (number == failAt && point == FailurePoint.Persisted)
            (whole() as IDisposable)?.Dispose();
        throw new IOException("the disk failed");
    }

    private sealed class FailingFile(FailingDisk disk, DiskFile file) : DiskFile
    {
        public override string Path => file.Path;

        public override long Length => file.Length;

        public override int Read(Span<byte> destination, long offset) => file.Read(destination, offset);

        public override void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            var copy = bytes.ToArray();
            disk.Change(() => file.Write(copy, offset), () => file.Write(copy.AsSpan(0, copy.Length / 2), offset));
        }

        public override void SetLength(long length) => disk.Change(() => file.SetLength(length));

        public override void Sync() => disk.Change(() => { });

        public override void Dispose() => file.Dispose();
    }
}
