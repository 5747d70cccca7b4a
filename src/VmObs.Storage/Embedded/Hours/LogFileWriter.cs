using System.Buffers.Binary;
using System.Text;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What a finished log file holds.</summary>
internal sealed record LogFileSummary(Digest ContentHash, long Length, long[] Counts, IReadOnlyList<string> Services);

/// <summary>Writes a log file: blocks of lines, and at the end the block table. Format: docs/format/logs.md.</summary>
/// <remarks>Not thread-safe. Lines come grouped by class. The file stays the caller's to dispose.</remarks>
internal sealed class LogFileWriter : IDisposable
{
    /// <summary>A block closes when its text reaches this. 64 KiB keeps one line's proof small and costs 2 % of size over one stream.</summary>
    public const int BlockTextBytes = 64 * 1024;

    /// <summary>Content of one table member at most; DuckDB refuses gzip heads over 32 KiB.</summary>
    public const int TableMemberBytes = 16 * 1024;

    /// <summary>Content of the last member: magic, table offset u64, blocks u32, lines u64.</summary>
    public const int TrailerContentBytes = 8 + 8 + 4 + 8;

    // Bounds an entry of the table below TableMemberBytes together with the 4 KiB limit of one label.
    private const int MaxServiceBytesInBlock = 8 * 1024;

    private readonly DiskFile _file;
    private readonly Blake3Hasher _hasher;
    private readonly List<LogBlock> _blocks;
    private readonly PooledBuffer _text = new(BlockTextBytes * 2);
    private readonly PooledBuffer _members = new(256 * 1024);
    private readonly List<LogBlock.ServiceCounts> _services = [];
    private readonly List<byte[]> _serviceNames = [];
    private int _serviceBytes;
    private int _lines;
    private RetentionClass _class;
    private long _first;
    private long _last;

    /// <summary>Begins a new, empty file.</summary>
    public LogFileWriter(DiskFile file)
        : this(file, 0, new Blake3Hasher(), [])
    {
    }

    private LogFileWriter(DiskFile file, long length, Blake3Hasher hasher, List<LogBlock> blocks)
    {
        _file = file;
        Length = length;
        _hasher = hasher;
        _blocks = blocks;
    }

    /// <summary>The magic of the last member's content.</summary>
    public static ReadOnlySpan<byte> TrailerMagic => "VMOLOGS1"u8;

    /// <summary>Bytes in the file after the last flush.</summary>
    public long Length { get; private set; }

    /// <summary>Blocks in the file after the last flush.</summary>
    public IReadOnlyList<LogBlock> Blocks => _blocks;

    /// <summary>Goes on with a file where a flush left it; what was written beyond is cut off.</summary>
    public static LogFileWriter Resume(DiskFile file, long length, ReadOnlySpan<byte> hashState, IReadOnlyList<LogBlock> blocks)
    {
        file.SetLength(length);
        return new LogFileWriter(file, length, Blake3Hasher.ImportState(hashState), [.. blocks]);
    }

    /// <summary>Adds a line.</summary>
    /// <param name="line">One JSON document, without a newline.</param>
    /// <param name="level">Its level; its class decides which lines share a block.</param>
    /// <param name="timestampUnixNanos">Its time.</param>
    /// <param name="service">Its service, UTF-8.</param>
    public void Append(ReadOnlySpan<byte> line, Level level, long timestampUnixNanos, ReadOnlySpan<byte> service)
    {
        if (_lines > 0 && (_class != level.Retention() || _text.Length + line.Length >= BlockTextBytes || _serviceBytes >= MaxServiceBytesInBlock))
            CloseBlock();
        if (_lines++ == 0)
        {
            _class = level.Retention();
            (_first, _last) = (timestampUnixNanos, timestampUnixNanos);
        }
        _first = Math.Min(_first, timestampUnixNanos);
        _last = Math.Max(_last, timestampUnixNanos);
        _text.Write(line);
        _text.WriteByte((byte)'\n');
        Count(service, level, timestampUnixNanos);
    }

    /// <summary>Closes the open block and brings everything to the disk.</summary>
    public void Flush()
    {
        CloseBlock();
        WriteMembers();
        _file.Sync();
    }

    /// <summary>The hash's state after the last flush.</summary>
    public byte[] ExportHashState() => _hasher.ExportState();

    /// <summary>Writes the block table and brings everything to the disk; nothing may follow.</summary>
    public LogFileSummary Finish()
    {
        CloseBlock();
        WriteMembers();
        WriteTable();
        WriteMembers();
        _file.Sync();
        var counts = new long[Levels.Count];
        var services = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var service in _blocks.SelectMany(block => block.Services))
        {
            services.Add(service.Service);
            for (var level = 0; level < counts.Length; level++)
                counts[level] += service.Counts[level];
        }
        return new LogFileSummary(_hasher.Finish(), Length, counts, [.. services]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text.Dispose();
        _members.Dispose();
    }

    private void Count(ReadOnlySpan<byte> service, Level level, long timestampUnixNanos)
    {
        // Blocks are sorted by stream: the service is nearly always the last one seen.
        var index = _serviceNames.Count - 1;
        while (index >= 0 && !service.SequenceEqual(_serviceNames[index]))
            index--;
        if (index < 0)
        {
            _serviceNames.Add(service.ToArray());
            _services.Add(new LogBlock.ServiceCounts(Encoding.UTF8.GetString(service), new int[Levels.Count], timestampUnixNanos));
            _serviceBytes += service.Length + 34;
            index = _services.Count - 1;
        }
        _services[index].Counts[(int)level]++;
        if (timestampUnixNanos > _services[index].LastUnixNanos)
            _services[index] = _services[index] with { LastUnixNanos = timestampUnixNanos };
    }

    private void CloseBlock()
    {
        if (_lines == 0)
            return;
        var start = _members.Length;
        LogMember.Write(_members, _text.WrittenSpan);
        _blocks.Add(new LogBlock(Length + start, _members.Length - start, _text.Length, _lines, _class, _first, _last, [.. _services]));
        _text.Clear();
        _services.Clear();
        _serviceNames.Clear();
        (_lines, _serviceBytes) = (0, 0);
    }

    private void WriteMembers()
    {
        _file.Write(_members.WrittenSpan, Length);
        _hasher.Update(_members.WrittenSpan);
        Length += _members.Length;
        _members.Clear();
    }

    private void WriteTable()
    {
        var tableOffset = Length;
        using var content = new PooledBuffer(TableMemberBytes);
        using var entry = new PooledBuffer(1024);
        foreach (var block in _blocks)
        {
            entry.Clear();
            LogBlockTable.Write(entry, block);
            if (content.Length + entry.Length > TableMemberBytes)
            {
                LogMember.WriteExtra(_members, content.WrittenSpan);
                content.Clear();
            }
            content.Write(entry.WrittenSpan);
        }
        if (content.Length > 0)
            LogMember.WriteExtra(_members, content.WrittenSpan);
        Span<byte> trailer = stackalloc byte[TrailerContentBytes];
        TrailerMagic.CopyTo(trailer);
        BinaryPrimitives.WriteInt64LittleEndian(trailer[8..], tableOffset);
        BinaryPrimitives.WriteInt32LittleEndian(trailer[16..], _blocks.Count);
        BinaryPrimitives.WriteInt64LittleEndian(trailer[20..], _blocks.Sum(block => (long)block.Lines));
        LogMember.WriteExtra(_members, trailer);
    }
}
