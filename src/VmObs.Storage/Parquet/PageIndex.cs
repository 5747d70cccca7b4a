using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Parquet's page index: for each chunk where its pages lie and which values they span.</summary>
/// <remarks>Source: github.com/apache/parquet-format, PageIndex.md.</remarks>
internal static class PageIndex
{
    private const int Unordered = 0, Ascending = 1;

    /// <summary>Appends a chunk's ColumnIndex, where all of its pages have bounds, and its OffsetIndex.</summary>
    public static IndexPlace Write(PooledBuffer columnIndexes, PooledBuffer offsetIndexes, ParquetColumn column, IReadOnlyList<PageFacts> pages)
    {
        var (columnIndex, offsetIndex) = (columnIndexes.Length, offsetIndexes.Length);
        if (pages.All(page => page.Bounds is not null))
            WriteColumnIndex(columnIndexes, column, pages);
        WriteOffsetIndex(offsetIndexes, pages);
        return new IndexPlace(columnIndex, columnIndexes.Length - columnIndex, offsetIndex, offsetIndexes.Length - offsetIndex);
    }

    /// <summary>Finds the pages of some rows in a chunk's OffsetIndex.</summary>
    /// <param name="offsetIndex">Its bytes, for which there is no checksum: whoever reads the pages compares their headers.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="endRow">The one behind the last row.</param>
    /// <exception cref="InvalidDataException">It is not an index of such a chunk.</exception>
    public static PageSpan Find(ReadOnlySpan<byte> offsetIndex, ChunkMetadata chunk, int firstRow, int endRow)
    {
        var span = new PageSpan(0, 0, 0, (int)chunk.Rows);
        var reader = new ThriftReader(offsetIndex);
        var (end, next) = (chunk.Offset + chunk.DictionaryBytes, 0L);
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if (id != 1)
            {
                reader.Pass(type);
                continue;
            }
            for (var left = reader.List(out _); left > 0; left--)
            {
                var (offset, bytes, row) = ReadPlace(ref reader);
                // Pages follow one another, the first at the chunk's beginning, the last up to its end.
                if (offset != end || bytes <= 0 || bytes > chunk.End - offset || (next == 0 ? row != 0 : row < next) || row >= chunk.Rows)
                    throw new InvalidDataException($"a page index of column {chunk.Column.Name} with {bytes} bytes at {offset} for row {row}");
                (end, next) = (offset + bytes, row + 1);
                if (row <= firstRow)
                    span = new PageSpan(offset, (int)bytes, (int)row, (int)chunk.Rows);
                else if (row < endRow)
                    span = span with { Bytes = (int)(end - span.Offset) };
                else
                    span = span with { EndRow = Math.Min(span.EndRow, (int)row) };
            }
        }
        return end == chunk.End ? span : throw new InvalidDataException($"a page index of column {chunk.Column.Name} that ends at byte {end}, wanted {chunk.End}");
    }

    /// <summary>Reads where pages begin and their smallest values.</summary>
    /// <param name="offsetIndex">The chunk's OffsetIndex.</param>
    /// <param name="columnIndex">Its ColumnIndex.</param>
    /// <param name="chunk">The chunk.</param>
    /// <exception cref="InvalidDataException">They are not of such a chunk.</exception>
    public static PageStart[] ReadStarts(ReadOnlySpan<byte> offsetIndex, ReadOnlySpan<byte> columnIndex, ChunkMetadata chunk)
    {
        var (rows, smallest) = (ReadFirstRows(offsetIndex, chunk), ReadSmallest(columnIndex));
        if (rows.Count != smallest.Count)
            throw new InvalidDataException($"a page index of column {chunk.Column.Name} with {rows.Count} pages and {smallest.Count} bounds");
        return [.. rows.Zip(smallest, static (row, value) => new PageStart(row, value))];
    }

    private static List<int> ReadFirstRows(ReadOnlySpan<byte> offsetIndex, ChunkMetadata chunk)
    {
        var rows = new List<int>();
        var reader = new ThriftReader(offsetIndex);
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if (id != 1)
            {
                reader.Pass(type);
                continue;
            }
            for (var left = reader.List(out _); left > 0; left--)
            {
                var (_, _, row) = ReadPlace(ref reader);
                if ((rows.Count == 0 ? row != 0 : row <= rows[^1]) || row >= chunk.Rows)
                    throw new InvalidDataException($"a page index of column {chunk.Column.Name} with a page that begins at row {row}");
                rows.Add((int)row);
            }
        }
        return rows;
    }

    /// <summary>Reads the smallest values of a ColumnIndex. <c>2 smallest values</c></summary>
    private static List<byte[]> ReadSmallest(ReadOnlySpan<byte> columnIndex)
    {
        var smallest = new List<byte[]>();
        var reader = new ThriftReader(columnIndex);
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if (id != 2)
            {
                reader.Pass(type);
                continue;
            }
            for (var left = reader.List(out _); left > 0; left--)
            {
                var (at, length) = reader.Binary();
                smallest.Add(columnIndex.Slice(at, length).ToArray());
            }
        }
        return smallest;
    }

    private static (long Offset, long Bytes, long Row) ReadPlace(ref ThriftReader reader)
    {
        long offset = 0, bytes = 0, row = 0;
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            switch (id)
            {
                case 1:
                    offset = reader.Integer();
                    break;
                case 2:
                    bytes = reader.Integer();
                    break;
                case 3:
                    row = reader.Integer();
                    break;
                default:
                    reader.Pass(type);
                    break;
            }
        }
        return (offset, bytes, row);
    }

    private static void WriteColumnIndex(PooledBuffer destination, ParquetColumn column, IReadOnlyList<PageFacts> pages)
    {
        var thrift = new ThriftCompactWriter(destination);
        thrift.BeginStruct();
        // No page without values: bounds are kept of required columns only.
        thrift.BooleanList(1, pages.Count);
        foreach (var _ in pages)
            thrift.BooleanItem(false);
        thrift.BytesList(2, pages.Count);
        foreach (var page in pages)
            thrift.BytesItem(page.Bounds!.Smallest);
        thrift.BytesList(3, pages.Count);
        foreach (var page in pages)
            thrift.BytesItem(page.Bounds!.Largest);
        thrift.Int32(4, IsAscending(column, pages) ? Ascending : Unordered);
        thrift.EndStruct();
    }

    private static void WriteOffsetIndex(PooledBuffer destination, IReadOnlyList<PageFacts> pages)
    {
        var thrift = new ThriftCompactWriter(destination);
        thrift.BeginStruct();
        thrift.StructList(1, pages.Count);
        foreach (var page in pages)
        {
            thrift.BeginStruct();
            thrift.Int64(1, page.Offset);
            thrift.Int32(2, page.Bytes);
            thrift.Int64(3, page.FirstRow);
            thrift.EndStruct();
        }
        thrift.EndStruct();
    }

    private static bool IsAscending(ParquetColumn column, IReadOnlyList<PageFacts> pages)
    {
        for (var i = 1; i < pages.Count; i++)
        {
            var (before, page) = (pages[i - 1].Bounds!, pages[i].Bounds!);
            if (column.Compare(page.Smallest, before.Smallest) < 0 || column.Compare(page.Largest, before.Largest) < 0)
                return false;
        }
        return true;
    }
}

/// <summary>Pages of a chunk that follow one another.</summary>
/// <param name="Offset">Where they begin in the file.</param>
/// <param name="Bytes">How many bytes they are.</param>
/// <param name="FirstRow">Their first row.</param>
/// <param name="EndRow">The one behind their last row.</param>
internal readonly record struct PageSpan(long Offset, int Bytes, int FirstRow, int EndRow);

/// <summary>Where a page begins, as its chunk's index says.</summary>
/// <param name="FirstRow">Its first row's number in the row group.</param>
/// <param name="Smallest">Its smallest value.</param>
internal readonly record struct PageStart(int FirstRow, byte[] Smallest);
