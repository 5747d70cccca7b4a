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
    /// <summary>A block closes before its text exceeds this: it keeps one line's proof small and costs a tenth over one stream (docs/decisions/0012-log-blocks.md).</summary>
    public const int BlockTextBytes = 64 * 1024;

    /// <summary>Content of one table member at most; DuckDB refuses gzip heads over 32 KiB.</summary>
    public const int TableMemberBytes = 16 * 1024;

    /// <summary>Content of the last member: magic, table offset u64, blocks u32, lines u64.</summary>
    public const int TrailerContentBytes = 8 + 8 + 4 + 8;

    /// <summary>A service's name is no longer than this, twice what the rules of ingest let a label have.</summary>
    public const int MaxServiceBytes = 8000;

    // Together with MaxServiceBytes this bounds an entry of the table below TableMemberBytes.
    private const int MaxServiceBytesInBlock = 8 * 1024;

    // Closed blocks are written once they are this much, so that memory does not grow with what a flush takes.
    private const int MaxHeldBytes = 1024 * 1024;

    private readonly DiskFile _file;
    private readonly Blake3Hasher _hasher;
    private readonly List<LogBlock> _blocks;
    // Rented while lines are added and given back by a flush: many hours may be open and few are being written.
    private PooledBuffer? _textBuffer;
    private PooledBuffer? _membersBuffer;
    private readonly List<ServiceLines> _services = [];
    private int _serviceBytes;
    private int _lines;
    private RetentionClass _class;
    private long _first;
    private long _last;

    /// <summary>Begins a new, empty file.</summary>
    public LogFileWriter(DiskFile file)
        : this(file, 0, new Blake3Hasher(), [])
    {
        if (file.Length != 0)
            throw new InvalidOperationException($"BUG: {file.Path}: a new log file must be empty, it has {file.Length} bytes");
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

    /// <summary>Bytes in the file; right after a flush those that count.</summary>
    public long Length { get; private set; }

    /// <summary>Closed blocks; right after a flush those in the file.</summary>
    public IReadOnlyList<LogBlock> Blocks => _blocks;

    /// <summary>Who gets the text of blocks as they close; null for nobody.</summary>
    public ILogBlockSink? Closing { get; set; }

    private PooledBuffer Text => _textBuffer ??= new PooledBuffer(BlockTextBytes * 2);

    private PooledBuffer Members => _membersBuffer ??= new PooledBuffer(256 * 1024);

    /// <summary>Goes on with a file where a flush left it; what was written beyond is cut off.</summary>
    /// <exception cref="DamagedFileException">The file is shorter than what the flush had made durable.</exception>
    public static LogFileWriter Resume(DiskFile file, long length, ReadOnlySpan<byte> hashState, IReadOnlyList<LogBlock> blocks)
    {
        if (file.Length < length)
            throw new DamagedFileException(file.Path, file.Length, "the end of the file", $"the {length} bytes that its manifest says were flushed");
        file.SetLength(length);
        return new LogFileWriter(file, length, Blake3Hasher.ImportState(hashState), [.. blocks]);
    }

    /// <summary>Adds a line.</summary>
    /// <param name="line">One JSON document, without a newline.</param>
    /// <param name="level">Its level; its class decides which lines share a block.</param>
    /// <param name="timestampUnixNanos">Its time.</param>
    /// <param name="service">Its service, UTF-8, at most <see cref="MaxServiceBytes"/>.</param>
    public void Append(ReadOnlySpan<byte> line, Level level, long timestampUnixNanos, ReadOnlySpan<byte> service)
    {
        if (service.Length > MaxServiceBytes)
            throw new ArgumentException($"BUG: a service's name has {service.Length} bytes, at most {MaxServiceBytes} fit the block table", nameof(service));
        if (_lines > 0 && (_class != level.Retention() || Text.Length + line.Length >= BlockTextBytes || _serviceBytes >= MaxServiceBytesInBlock))
            CloseBlock();
        if (_lines++ == 0)
        {
            _class = level.Retention();
            (_first, _last) = (timestampUnixNanos, timestampUnixNanos);
        }
        _first = Math.Min(_first, timestampUnixNanos);
        _last = Math.Max(_last, timestampUnixNanos);
        Text.Write(line);
        Text.WriteByte((byte)'\n');
        Count(service, level, timestampUnixNanos);
    }

    /// <summary>Closes the open block and brings everything to the disk.</summary>
    public void Flush()
    {
        CloseBlock();
        WriteMembers();
        _file.Sync();
        Dispose();
    }

    /// <summary>The hash's state at <see cref="Length"/>.</summary>
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
        _textBuffer?.Dispose();
        _membersBuffer?.Dispose();
        (_textBuffer, _membersBuffer) = (null, null);
    }

    private void Count(ReadOnlySpan<byte> service, Level level, long timestampUnixNanos)
    {
        // Blocks are sorted by stream: the service is nearly always the last one seen.
        var index = _services.Count - 1;
        while (index >= 0 && !service.SequenceEqual(_services[index].Name))
            index--;
        if (index < 0)
        {
            _services.Add(new ServiceLines(service.ToArray(), timestampUnixNanos));
            _serviceBytes += service.Length + LogBlockTable.ServiceHeadBytes;
            index = _services.Count - 1;
        }
        _services[index].Add(level, timestampUnixNanos);
    }

    private void CloseBlock()
    {
        if (_lines == 0)
            return;
        var start = Members.Length;
        LogMember.Write(Members, Text.WrittenSpan);
        Closing?.Closed(Text.WrittenSpan);
        var services = _services.ConvertAll(service => service.ToCounts());
        _blocks.Add(new LogBlock(Length + start, Members.Length - start, Text.Length, _lines, _class, _first, _last, services));
        Text.Clear();
        _services.Clear();
        (_lines, _serviceBytes) = (0, 0);
        if (Members.Length >= MaxHeldBytes)
            WriteMembers();
    }

    private void WriteMembers()
    {
        _file.Write(Members.WrittenSpan, Length);
        _hasher.Update(Members.WrittenSpan);
        Length += Members.Length;
        Members.Clear();
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
                LogMember.WriteExtra(Members, content.WrittenSpan);
                content.Clear();
            }
            content.Write(entry.WrittenSpan);
        }
        if (content.Length > 0)
            LogMember.WriteExtra(Members, content.WrittenSpan);
        Span<byte> trailer = stackalloc byte[TrailerContentBytes];
        TrailerMagic.CopyTo(trailer);
        BinaryPrimitives.WriteInt64LittleEndian(trailer[8..], tableOffset);
        BinaryPrimitives.WriteInt32LittleEndian(trailer[16..], _blocks.Count);
        BinaryPrimitives.WriteInt64LittleEndian(trailer[20..], _blocks.Sum(block => (long)block.Lines));
        LogMember.WriteExtra(Members, trailer);
    }

    private sealed class ServiceLines(byte[] name, long firstUnixNanos)
    {
        private readonly int[] _counts = new int[Levels.Count];
        private long _last = firstUnixNanos;

        public byte[] Name => name;

        public void Add(Level level, long timestampUnixNanos)
        {
            _counts[(int)level]++;
            _last = Math.Max(_last, timestampUnixNanos);
        }

        public LogBlock.ServiceCounts ToCounts() => new(Encoding.UTF8.GetString(name), _counts, _last);
    }
}
