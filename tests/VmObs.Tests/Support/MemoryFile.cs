using VmObs.Storage.Disk;

namespace VmObs.Tests.Support;

/// <summary>A file in memory, which tests can look into, damage and cut.</summary>
public sealed class MemoryFile(byte[] content) : DiskFile
{
    private byte[] _bytes = content;

    public MemoryFile()
        : this([])
    {
    }

    public byte[] Content => _bytes;

    public int Syncs { get; private set; }

    /// <summary>When set, reads and writes fail with it.</summary>
    public IOException? Failure { get; set; }

    public override string Path => "/memory/file";

    public override long Length => _bytes.Length;

    public override int Read(Span<byte> destination, long offset)
    {
        if (Failure is not null)
            throw Failure;
        if (offset >= _bytes.Length)
            return 0;
        var count = (int)Math.Min(destination.Length, _bytes.Length - offset);
        _bytes.AsSpan((int)offset, count).CopyTo(destination);
        return count;
    }

    public override void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        if (Failure is not null)
            throw Failure;
        if (offset + bytes.Length > _bytes.Length)
            SetLength(offset + bytes.Length);
        bytes.CopyTo(_bytes.AsSpan((int)offset));
    }

    public override void SetLength(long length) => Array.Resize(ref _bytes, (int)length);

    public override void Sync() => Syncs++;

    public override void Dispose()
    {
    }
}
