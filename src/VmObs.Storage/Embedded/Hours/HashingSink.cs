using VmObs.Ledger.Hashing;
using VmObs.Storage.Disk;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Appends to a file and hashes what passes, so that a file written once is not read again for its hash.</summary>
/// <remarks>Not thread-safe. The file stays the caller's to dispose.</remarks>
internal sealed class HashingSink : IByteSink
{
    private readonly DiskFile _file;
    private readonly Blake3Hasher _hasher = new();
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _buffered;
    private long _written;

    /// <summary>Begins at the start of an empty file.</summary>
    public HashingSink(DiskFile file)
    {
        if (file.Length != 0)
            throw new InvalidOperationException($"BUG: {file.Path}: a new hour file must be empty, it has {file.Length} bytes");
        _file = file;
    }

    /// <inheritdoc/>
    public long Length => _written + _buffered;

    /// <inheritdoc/>
    /// <exception cref="IOException">The disk refused; the file is not to be finished.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
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

    /// <summary>Brings everything to the disk and returns the hash of it.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public Digest Finish()
    {
        WriteBuffer();
        _file.Sync();
        return _hasher.Finish();
    }

    private void WriteBuffer()
    {
        _file.Write(_buffer.AsSpan(0, _buffered), _written);
        _hasher.Update(_buffer.AsSpan(0, _buffered));
        _written += _buffered;
        _buffered = 0;
    }
}
