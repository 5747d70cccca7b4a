using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Appends to a file and hashes what passes, so that a file written once is not read again for its hash.</summary>
/// <remarks>Not thread-safe. The file stays the caller's to dispose.</remarks>
internal sealed class HashingStream : Stream
{
    private readonly DiskFile _file;
    private readonly Blake3Hasher _hasher = new();
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _buffered;
    private long _written;
    private PooledBuffer? _end;

    /// <summary>Begins at the start of an empty file.</summary>
    public HashingStream(DiskFile file)
    {
        if (file.Length != 0)
            throw new InvalidOperationException($"BUG: {file.Path}: a new hour file must be empty, it has {file.Length} bytes");
        _file = file;
    }

    /// <summary>What the disk said; the native writer in between tells it as its own failure.</summary>
    public IOException? Failure { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _written + _buffered + (_end?.Length ?? 0);

    public override long Position { get => Length; set => throw new NotSupportedException(); }

    /// <summary>Holds back what follows, a Parquet file's page index and footer, to put the footer's guard before it.</summary>
    public void BeginEnd() => _end = new PooledBuffer(64 * 1024);

    /// <summary>Brings everything to the disk and returns the hash of it.</summary>
    public Digest Finish()
    {
        if (_end is { } end)
        {
            _end = null;
            var footer = ParquetFooter.StartIn(end.WrittenSpan);
            Span<byte> guard = stackalloc byte[ParquetFooter.GuardBytes];
            ParquetFooter.WriteGuard(guard, end.WrittenSpan[footer..]);
            Write(end.WrittenSpan[..footer]);
            Write(guard);
            Write(end.WrittenSpan[footer..]);
            end.Dispose();
        }
        WriteBuffer();
        _file.Sync();
        return _hasher.Finish();
    }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        if (_end is not null)
        {
            _end.Write(bytes);
            return;
        }
        while (!bytes.IsEmpty)
        {
            var take = Math.Min(bytes.Length, _buffer.Length - _buffered);
            bytes[..take].CopyTo(_buffer.AsSpan(_buffered));
            _buffered += take;
            bytes = bytes[take..];
            if (_buffered == _buffer.Length)
                WriteBuffer();
        }
    }

    public override void Write(byte[] array, int offset, int count) => Write(array.AsSpan(offset, count));

    public override void Flush()
    {
        // Arrow flushes after each column chunk; only Finish needs the bytes on their way.
    }

    public override int Read(byte[] array, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _end?.Dispose();
        base.Dispose(disposing);
    }

    private void WriteBuffer()
    {
        try
        {
            _file.Write(_buffer.AsSpan(0, _buffered), _written);
        }
        catch (IOException error)
        {
            Failure = error;
            throw;
        }
        _hasher.Update(_buffer.AsSpan(0, _buffered));
        _written += _buffered;
        _buffered = 0;
    }
}
