using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads a file at a moving position, for readers that want a stream.</summary>
/// <remarks>Not thread-safe. The file stays the caller's to dispose.</remarks>
internal sealed class DiskFileStream(DiskFile file) : Stream
{
    private readonly long _length = file.Length;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position { get; set; }

    /// <summary>What the disk said; native readers in between tell it as their own failure.</summary>
    public IOException? Failure { get; private set; }

    public override int Read(Span<byte> destination)
    {
        try
        {
            var read = file.Read(destination, Position);
            Position += read;
            return read;
        }
        catch (IOException error)
        {
            Failure = error;
            throw;
        }
    }

    public override int Read(byte[] array, int offset, int count) => Read(array.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => _length + offset,
    };

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] array, int offset, int count) => throw new NotSupportedException();
}
