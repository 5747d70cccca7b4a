using System.Buffers.Binary;
using VmObs.Ledger.Remains;
using VmObs.Storage.Disk;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Where a Parquet file holds what of its row groups: their pages, and what footer and page index repeat of their values.</summary>
/// <param name="Footer">The footer with its guard before it and its length and magic behind.</param>
/// <param name="Groups">The row groups in order.</param>
/// <remarks>Source: parquet-format, parquet.thrift.</remarks>
internal sealed record ParquetLayout(ByteRange Footer, IReadOnlyList<ParquetLayout.Group> Groups)
{
    /// <summary>A row group.</summary>
    /// <param name="Pages">Its column chunks, which follow one another.</param>
    /// <param name="Copies">What else tells of its values: the smallest and largest ones in page index and footer, and Bloom filters.</param>
    public sealed record Group(ByteRange Pages, IReadOnlyList<ByteRange> Copies);

    /// <summary>Reads the footer; smallest and largest values may be zeroed in it.</summary>
    /// <exception cref="DamagedFileException">It cannot be read.</exception>
    public static ParquetLayout Read(DiskFile file)
    {
        Span<byte> tail = stackalloc byte[ParquetFooter.TailBytes];
        if (file.Read(tail, Math.Max(0, file.Length - tail.Length)) != tail.Length)
            throw new DamagedFileException(file.Path, 0, $"{file.Length} bytes", "a Parquet file");
        var footer = new byte[Math.Max(0, Math.Min(BinaryPrimitives.ReadInt32LittleEndian(tail), file.Length - tail.Length))];
        var start = file.Length - tail.Length - footer.Length;
        try
        {
            if (file.Read(footer, start) != footer.Length)
                throw new InvalidDataException("the end of the file");
            var groups = ReadFooter(footer, start);
            if (groups.Any(group => group.Pages.Offset < 0 || group.Pages.End > start || group.Copies.Any(copy => copy.Offset < 0 || copy.End > file.Length)))
                throw new InvalidDataException("a row group outside the file");
            return new ParquetLayout(new ByteRange(start - ParquetFooter.GuardBytes, file.Length - start + ParquetFooter.GuardBytes), groups);
        }
        catch (InvalidDataException error)
        {
            throw new DamagedFileException(file.Path, start, error.Message, "a Parquet footer");
        }
    }

    private static List<Group> ReadFooter(ReadOnlySpan<byte> footer, long start)
    {
        var groups = new List<Group>();
        var reader = new ThriftReader(footer);
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            // FileMetaData.row_groups
            if (id == 4)
                for (var left = reader.List(out _); left > 0; left--)
                    groups.Add(ReadGroup(ref reader, start));
            else
                reader.Pass(type);
        }
        return groups;
    }

    private static Group ReadGroup(ref ThriftReader reader, long start)
    {
        var copies = new List<ByteRange>();
        var (first, end) = (long.MaxValue, 0L);
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            // RowGroup.columns
            if (id != 1)
            {
                reader.Pass(type);
                continue;
            }
            for (var left = reader.List(out _); left > 0; left--)
            {
                var pages = ReadColumn(ref reader, start, copies);
                first = Math.Min(first, pages.Offset);
                end = Math.Max(end, pages.End);
            }
        }
        return first < end ? new Group(new ByteRange(first, end - first), ByteRange.Join(copies)) : throw new InvalidDataException("a row group without pages");
    }

    private static ByteRange ReadColumn(ref ThriftReader reader, long start, List<ByteRange> copies)
    {
        var pages = default(ByteRange);
        long indexOffset = 0, indexLength = 0;
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            switch (id)
            {
                // ColumnChunk.meta_data, column_index_offset, column_index_length
                case 3:
                    pages = ReadChunk(ref reader, start, copies);
                    break;
                case 6:
                    indexOffset = reader.Integer();
                    break;
                case 7:
                    indexLength = reader.Integer();
                    break;
                default:
                    reader.Pass(type);
                    break;
            }
        }
        copies.Add(new ByteRange(indexOffset, indexLength));
        return pages;
    }

    private static ByteRange ReadChunk(ref ThriftReader reader, long start, List<ByteRange> copies)
    {
        long length = 0, first = long.MaxValue, filter = 0, filterLength = 0;
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            switch (id)
            {
                // ColumnMetaData.total_compressed_size
                case 7:
                    length = reader.Integer();
                    break;
                // data_page_offset, dictionary_page_offset
                case 9 or 11:
                    first = reader.Integer() is > 0 and var offset ? Math.Min(first, offset) : first;
                    break;
                // statistics
                case 12:
                    ReadStatistics(ref reader, start, copies);
                    break;
                // bloom_filter_offset, bloom_filter_length
                case 14:
                    filter = reader.Integer();
                    break;
                case 15:
                    filterLength = reader.Integer();
                    break;
                default:
                    reader.Pass(type);
                    break;
            }
        }
        if (filterLength > 0)
            copies.Add(new ByteRange(filter, filterLength + BloomFilter.GuardBytes));
        return first == long.MaxValue || length <= 0 ? throw new InvalidDataException("a column chunk without pages") : new ByteRange(first, length);
    }

    private static void ReadStatistics(ref ThriftReader reader, long start, List<ByteRange> copies)
    {
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            // max, min, max_value, min_value
            if (id is 1 or 2 or 5 or 6 && reader.Binary() is var (at, length))
                copies.Add(new ByteRange(start + at, length));
            else if (id is not (1 or 2 or 5 or 6))
                reader.Pass(type);
        }
    }
}
