namespace VmObs.Storage.Disk;

/// <summary>An open file with positioned reads and writes. Whoever opens it disposes it.</summary>
/// <remarks>Reads may run beside one writer. After a failed <see cref="Sync"/> what was written since the last good one is lost or not:
/// the caller must not acknowledge anything on this file again (the kernel drops the dirty pages' error state after reporting it once).</remarks>
public abstract class DiskFile : IDisposable
{
    /// <summary>Absolute path.</summary>
    public abstract string Path { get; }

    /// <summary>Length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Reads at most the destination's length.</summary>
    /// <returns>Bytes read; fewer only at the end of the file.</returns>
    public abstract int Read(Span<byte> destination, long offset);

    /// <summary>Writes all bytes; not durable before <see cref="Sync"/>.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public abstract void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Cuts or extends (with zeros).</summary>
    public abstract void SetLength(long length);

    /// <summary>Makes bytes read as zeros and gives their room back where the file system can; the length stays. Not durable before <see cref="Sync"/>.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public virtual void Punch(long offset, long length)
    {
        var zeros = new byte[(int)Math.Min(length, 256 * 1024)];
        for (var end = offset + length; offset < end; offset += zeros.Length)
            Write(zeros.AsSpan(0, (int)Math.Min(zeros.Length, end - offset)), offset);
    }

    /// <summary>fdatasync: the content, and the length where it changed, is on the disk when this returns.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public abstract void Sync();

    /// <inheritdoc/>
    public abstract void Dispose();
}
