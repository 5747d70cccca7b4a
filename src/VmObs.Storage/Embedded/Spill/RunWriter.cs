using System.Buffers.Binary;
using VmObs.Signals;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Spill;

/// <summary>Writes a run: sections by hour, each with its entries in ascending order of keys. Format: docs/format/runs.md.</summary>
/// <remarks>Not thread-safe; holds about a megabyte. The file stays the caller's to dispose.</remarks>
internal sealed class RunWriter : IDisposable
{
    // What is held back before a write: fewer system calls, and bounded memory.
    private const int MaxHeldBytes = 1024 * 1024;

    private readonly DiskFile _file;
    private readonly PooledBuffer _out = new(MaxHeldBytes + (2 * RunBlock.TargetBytes));
    private readonly PooledBuffer _block = new(2 * RunBlock.TargetBytes);
    private readonly PooledBuffer _index = new();
    private readonly PooledBuffer _key = new(256);
    private readonly PooledBuffer _indexKey = new(256);
    private readonly List<RunSection> _sections = [];
    private long _written;
    private long _sectionOffset;
    private long _records;

    /// <summary>Begins a new, empty file.</summary>
    public RunWriter(DiskFile file)
    {
        _file = file;
        _out.Write(RunFooter.HeadMagic);
        _sectionOffset = Position;
    }

    private long Position => _written + _out.Length;

    /// <summary>Adds an entry to the section that is open.</summary>
    /// <param name="key">Greater than the one before.</param>
    /// <param name="payload">What it stands for.</param>
    public void Append(ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload)
    {
        if (_records > 0 && key.SequenceCompareTo(_key.WrittenSpan) <= 0)
            throw new InvalidOperationException("BUG: a run's entries must come in ascending order of keys");
        if (_block.Length == 0)
            IndexBlock(key);
        RunBlock.WriteEntry(_block, _block.Length == 0 ? default : _key.WrittenSpan, key, payload);
        _key.Clear();
        _key.Write(key);
        _records++;
        if (_block.Length >= RunBlock.TargetBytes)
            CloseBlock(_block);
    }

    /// <summary>Ends the section that is open.</summary>
    public void EndSection(RunFacts facts)
    {
        CloseBlock(_block);
        var indexOffset = Position;
        CloseBlock(_index);
        _sections.Add(new RunSection(facts, _records, _sectionOffset, indexOffset, (int)(Position - indexOffset)));
        _sectionOffset = Position;
        _records = 0;
        _key.Clear();
        _indexKey.Clear();
    }

    /// <summary>Writes the footer and brings everything to the disk; nothing may follow.</summary>
    /// <param name="firstPosition">The journal from here, inclusive,</param>
    /// <param name="lastPosition">to here, inclusive, is what the run holds of its signal.</param>
    public RunFooter Finish(long firstPosition, long lastPosition)
    {
        var footer = new RunFooter(firstPosition, lastPosition, _sections);
        _out.Write(footer.ToBytes());
        Drain();
        _file.Sync();
        return footer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _out.Dispose();
        _block.Dispose();
        _index.Dispose();
        _key.Dispose();
        _indexKey.Dispose();
    }

    // The index is a block itself: first key of each block, with its offset.
    private void IndexBlock(ReadOnlySpan<byte> firstKey)
    {
        Span<byte> offset = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(offset, Position);
        RunBlock.WriteEntry(_index, _indexKey.WrittenSpan, firstKey, offset);
        _indexKey.Clear();
        _indexKey.Write(firstKey);
    }

    private void CloseBlock(PooledBuffer entries)
    {
        if (entries.Length == 0)
            return;
        var checksum = RunBlock.Checksum(entries.WrittenSpan, Position);
        BinaryPrimitives.WriteUInt32LittleEndian(_out.GetSpan(RunBlock.HeadBytes), (uint)entries.Length);
        _out.Advance(RunBlock.HeadBytes);
        _out.Write(entries.WrittenSpan);
        BinaryPrimitives.WriteUInt64LittleEndian(_out.GetSpan(RunBlock.TailBytes), checksum);
        _out.Advance(RunBlock.TailBytes);
        entries.Clear();
        if (_out.Length >= MaxHeldBytes)
            Drain();
    }

    private void Drain()
    {
        _file.Write(_out.WrittenSpan, _written);
        _written += _out.Length;
        _out.Clear();
    }
}
