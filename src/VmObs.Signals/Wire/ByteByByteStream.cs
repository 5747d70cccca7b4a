namespace VmObs.Signals.Wire;

/// <summary>Gives its bytes one at a time, so that its reader has taken none beyond those it needed.</summary>
internal sealed class ByteByByteStream(ReadOnlyMemory<byte> bytes) : Stream
{
    /// <summary>Bytes that the reader has taken.</summary>
    public int Taken { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || Taken == bytes.Length)
            return 0;
        buffer[0] = bytes.Span[Taken++];
        return 1;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
