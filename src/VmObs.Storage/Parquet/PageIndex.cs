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
