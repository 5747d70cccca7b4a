using System.IO.Hashing;
using VmObs.Signals;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Parquet;

/// <summary>Walks over the pages of a chunk that hold some rows: reads them from the file, checks their CRCs, decompresses them.</summary>
/// <remarks>
/// Not thread-safe; used again for the next chunk by <see cref="Open"/>. Page headers have no CRC, and one that claims another number of rows would
/// move all rows behind it. So pages are counted: to the end of the chunk, or, of a large chunk, against the page index, of which a flipped bit
/// contradicts the header of the page that it moves.
/// </remarks>
internal sealed class ChunkPages : IDisposable
{
    /// <summary>A chunk of at most this is read whole, which costs less than to ask the page index first.</summary>
    private const int SmallChunkBytes = 16 * 1024;

    /// <summary>No page of ours is as large: it has one text, or a row group's few MiB.</summary>
    private const int MaxPageBytes = 256 * 1024 * 1024;

    // A block of zstd makes at most 128 KiB out of four bytes, and it has a frame around it.
    private const long MaxGain = 128 * 1024 / 4;

    private readonly DiskFile _file;
    private readonly PooledBuffer _bytes = new();
    private readonly PooledBuffer _body = new();
    private readonly PooledBuffer _dictionary = new();
    // A file may be opened and none of its pages be of interest.
    private ZstdSharp.Decompressor? _zstd;
    // Open sets it.
    private ChunkMetadata _chunk = null!;
    private long _start;
    private int _at;
    private int _row;
    private int _pageRow;
    private int _endRow;
    private int _firstWanted;
    private int _endWanted;

    public ChunkPages(DiskFile file) => _file = file;

    /// <summary>Bytes of the file that were read so far, over all chunks.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Where the current page's header stands in the file; where to look when it cannot be read.</summary>
    public long Offset { get; private set; }

    /// <summary>How the page's values stand.</summary>
    public ParquetEncoding Encoding { get; private set; }

    /// <summary>Its rows.</summary>
    public int Rows { get; private set; }

    /// <summary>How many of them come before those that are wanted.</summary>
    public int Skip { get; private set; }

    /// <summary>How many of them are wanted.</summary>
    public int Take { get; private set; }

    /// <summary>Its decompressed body; valid until the next page.</summary>
    public ReadOnlySpan<byte> Body => _body.WrittenSpan;

    /// <summary>Number of entries of the dictionary; 0 without one.</summary>
    public int DictionaryEntries { get; private set; }

    /// <summary>The dictionary's decompressed body.</summary>
    public ReadOnlySpan<byte> Dictionary => _dictionary.WrittenSpan;

    /// <summary>Begins with a chunk.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="firstRow">The first row wanted.</param>
    /// <param name="rows">How many; at least one.</param>
    /// <exception cref="InvalidDataException">The chunk is not what was written.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public void Open(ChunkMetadata chunk, int firstRow, int rows)
    {
        _chunk = chunk;
        (_firstWanted, _endWanted) = (firstRow, firstRow + rows);
        (DictionaryEntries, _row, _endRow) = (0, 0, (int)chunk.Rows);
        _dictionary.Clear();
        Offset = chunk.Offset;
        var data = chunk.Offset + chunk.DictionaryBytes;
        if (chunk.Bytes > SmallChunkBytes && rows < chunk.Rows && chunk.Index.OffsetIndexBytes > 0)
        {
            var part = PageIndex.Find(ReadIndex(chunk), chunk, firstRow, firstRow + rows);
            if (chunk.DictionaryBytes > 0)
            {
                Load(chunk.Offset, chunk.DictionaryBytes);
                ReadDictionary();
            }
            (_row, _endRow) = (part.FirstRow, part.EndRow);
            Load(part.Offset, part.Bytes);
            return;
        }
        Load(chunk.Offset, chunk.Bytes);
        if (chunk.DictionaryBytes > 0)
            ReadDictionary();
        if (_start + _at != data)
            throw new InvalidDataException($"a dictionary of column {chunk.Column.Name} that ends at byte {_start + _at}, wanted {data}");
    }

    /// <summary>Reads where the pages of a chunk begin and their smallest values; none where the file does not say.</summary>
    /// <exception cref="InvalidDataException">The page index is not of such a chunk.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public PageStart[] ReadStarts(ChunkMetadata chunk)
    {
        if (chunk.Index.OffsetIndexBytes == 0 || chunk.Index.ColumnIndexBytes == 0)
            return [];
        Offset = chunk.Index.ColumnIndexOffset;
        Load(Offset, chunk.Index.ColumnIndexBytes);
        var columnIndex = _bytes.WrittenSpan.ToArray();
        return PageIndex.ReadStarts(ReadIndex(chunk), columnIndex, chunk);
    }

    /// <summary>Reads the Bloom filter of a chunk; null where it has none.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public BloomFilter? ReadFilter(ChunkMetadata chunk)
    {
        if (chunk.Filter.Bytes == 0)
            return null;
        Offset = chunk.Filter.Offset;
        Load(Offset, chunk.Filter.Bytes + BloomFilter.GuardBytes);
        return BloomFilter.Read(_bytes.WrittenSpan);
    }

    /// <summary>Moves to the next page that holds rows of some ranges, which lie within the rows that were opened; false behind the last one.</summary>
    /// <remarks>Then <see cref="Select"/> says of each range which of the page's rows are its own.</remarks>
    /// <exception cref="InvalidDataException">The pages are not what was written.</exception>
    public bool Next(ReadOnlySpan<RowRange> ranges)
    {
        while (_at < _bytes.Length)
        {
            var (header, body) = ReadHeader();
            if (header.Type != PageType.Data || header.Values == 0 || header.Values > _endRow - _row)
                throw new InvalidDataException($"a page of {header.Type} with {header.Values} rows of column {_chunk.Column.Name} at row {_row} of {_endRow}");
            var first = _row;
            _row += header.Values;
            if (_row <= _firstWanted || first >= _endWanted || !Overlaps(ranges, first, _row))
                continue;
            Decompress(header, body, _body);
            (Encoding, Rows, _pageRow) = (header.Encoding, header.Values, first);
            return true;
        }
        return _row == _endRow ? false : throw new InvalidDataException($"column {_chunk.Column.Name} ends at row {_row}, wanted {_endRow}");
    }

    /// <summary>Makes those of the page's rows that are of a range the wanted ones; false where none is.</summary>
    public bool Select(RowRange range)
    {
        Skip = Math.Max(0, range.First - _pageRow);
        Take = Math.Min(_row, range.End) - _pageRow - Skip;
        return Take > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _body.Dispose();
        _dictionary.Dispose();
        _zstd?.Dispose();
    }

    private static bool Overlaps(ReadOnlySpan<RowRange> ranges, int first, int end)
    {
        foreach (var range in ranges)
        {
            if (range.First < end && range.End > first)
                return true;
        }
        return false;
    }

    private ReadOnlySpan<byte> ReadIndex(ChunkMetadata chunk)
    {
        Load(chunk.Index.OffsetIndexOffset, chunk.Index.OffsetIndexBytes);
        return _bytes.WrittenSpan;
    }

    // At most what the file holds: the footer's places were checked against its length.
    private void Load(long offset, int bytes)
    {
        _bytes.Clear();
        (_start, _at) = (offset, 0);
        var space = _bytes.GetSpan(bytes)[..bytes];
        var read = _file.Read(space, offset);
        if (read != bytes)
            throw new InvalidDataException($"the end of the file {read} bytes behind byte {offset}, wanted {bytes}");
        _bytes.Advance(bytes);
        BytesRead += bytes;
    }

    private void ReadDictionary()
    {
        var (header, body) = ReadHeader();
        if (header.Type != PageType.Dictionary || header.Encoding is not (ParquetEncoding.Plain or ParquetEncoding.PlainDictionary))
            throw new InvalidDataException($"a page of {header.Type} in encoding {header.Encoding}, wanted the dictionary of column {_chunk.Column.Name}");
        Decompress(header, body, _dictionary);
        DictionaryEntries = header.Values;
    }

    private (PageHeader Header, ReadOnlyMemory<byte> Body) ReadHeader()
    {
        Offset = _start + _at;
        var reader = new ThriftReader(_bytes.WrittenSpan[_at..]);
        var header = PageHeader.Read(ref reader);
        _at += reader.Position;
        if (header.CompressedBytes > _bytes.Length - _at)
            throw new InvalidDataException($"a page of {header.CompressedBytes} bytes where {_bytes.Length - _at} are left");
        var body = _bytes.WrittenMemory.Slice(_at, header.CompressedBytes);
        _at += header.CompressedBytes;
        return (header, body);
    }

    private void Decompress(in PageHeader header, ReadOnlyMemory<byte> compressed, PooledBuffer into)
    {
        if (Crc32.HashToUInt32(compressed.Span) != header.Crc)
            throw new InvalidDataException("a page that its CRC does not fit");
        if (header.UncompressedBytes > Math.Min(MaxPageBytes, compressed.Length * MaxGain))
            throw new InvalidDataException($"a page of {compressed.Length} bytes that says it is {header.UncompressedBytes} uncompressed");
        into.Clear();
        try
        {
            var space = into.GetSpan(header.UncompressedBytes)[..header.UncompressedBytes];
            _zstd ??= new ZstdSharp.Decompressor();
            var length = _zstd.Unwrap(compressed.Span, space);
            if (length != header.UncompressedBytes)
                throw new InvalidDataException($"a page of {length} bytes uncompressed, wanted {header.UncompressedBytes}");
        }
        catch (ZstdSharp.ZstdException error)
        {
            throw new InvalidDataException($"a page that is not zstd of {header.UncompressedBytes} bytes: {error.Message}", error);
        }
        into.Advance(header.UncompressedBytes);
    }
}
