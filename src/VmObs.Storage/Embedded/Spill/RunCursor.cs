using System.Buffers.Binary;
using VmObs.Signals;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Spill;

/// <summary>Walks over a section's entries in order of their keys; one block is in memory.</summary>
/// <remarks>Not thread-safe. The file stays the caller's to hold.</remarks>
internal sealed class RunCursor : IDisposable
{
    private readonly DiskFile _file;
    private readonly RunSection _section;
    private readonly PooledBuffer _block = new(2 * RunBlock.TargetBytes);
    private byte[] _key = new byte[256];
    private int _keyLength;
    private int _at;
    private int _payloadLength;
    private long _next;

    /// <summary>Stands before the section's first entry.</summary>
    public RunCursor(DiskFile file, RunSection section)
    {
        _file = file;
        _section = section;
        _next = section.Offset;
    }

    /// <summary>The entry's key; valid until the next move.</summary>
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>The entry's payload; valid until the next move.</summary>
    public ReadOnlySpan<byte> Payload => _block.Slice(_at - _payloadLength, _payloadLength);

    /// <summary>Moves to the next entry; false at the end.</summary>
    /// <exception cref="DamagedFileException">The section is not what was written.</exception>
    public bool MoveNext()
    {
        if (_at == _block.Length)
        {
            if (_next == _section.IndexOffset)
                return false;
            Load(_next);
        }
        var rest = _block.WrittenSpan[_at..];
        try
        {
            var shared = (int)Varint.Read(ref rest);
            var suffix = (int)Varint.Read(ref rest);
            var payload = (int)Varint.Read(ref rest);
            if ((uint)shared > (uint)_keyLength || (long)(uint)suffix + (uint)payload > rest.Length)
                throw new FormatException("an entry that its block does not hold");
            if (shared + suffix > _key.Length)
                Array.Resize(ref _key, (shared + suffix) * 2);
            rest[..suffix].CopyTo(_key.AsSpan(shared));
            _keyLength = shared + suffix;
            _payloadLength = payload;
            _at = _block.Length - rest.Length + suffix + payload;
            return true;
        }
        catch (FormatException error)
        {
            throw new DamagedFileException(_file.Path, _next, error.Message, "the entries that were written");
        }
    }

    /// <summary>Moves to the first entry whose key is not smaller; false when there is none.</summary>
    /// <exception cref="DamagedFileException">The section is not what was written.</exception>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        if (_section.Offset == _section.IndexOffset)
            return false;
        Load(BlockFor(key));
        while (MoveNext())
        {
            if (Key.SequenceCompareTo(key) >= 0)
                return true;
        }
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _block.Dispose();

    /// <summary>The last block whose first key is not greater; the first block where all are.</summary>
    private long BlockFor(ReadOnlySpan<byte> key)
    {
        var index = _section with { Offset = _section.IndexOffset, IndexOffset = _section.IndexOffset + _section.IndexLength };
        using var blocks = new RunCursor(_file, index);
        var found = _section.Offset;
        while (blocks.MoveNext() && blocks.Key.SequenceCompareTo(key) <= 0)
            found = BinaryPrimitives.ReadInt64LittleEndian(blocks.Payload);
        return found;
    }

    private void Load(long offset)
    {
        _next = RunBlock.Read(_file, offset, _section.IndexOffset, _block);
        (_at, _keyLength) = (0, 0);
    }
}
