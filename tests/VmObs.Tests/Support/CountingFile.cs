using VmObs.Storage.Disk;

namespace VmObs.Tests.Support;

/// <summary>Counts the reads that go through it.</summary>
public sealed class CountingFile(DiskFile inner) : DiskFile
{
    public long BytesRead { get; private set; }

    public int Reads { get; private set; }

    public override string Path => inner.Path;

    public override long Length => inner.Length;

    public override int Read(Span<byte> destination, long offset)
    {
        var read = inner.Read(destination, offset);
        BytesRead += read;
        Reads++;
        return read;
    }

    public override void Write(ReadOnlySpan<byte> bytes, long offset) => inner.Write(bytes, offset);

    public override void SetLength(long length) => inner.SetLength(length);

    public override void Sync() => inner.Sync();

    public override void Dispose() => inner.Dispose();
}
