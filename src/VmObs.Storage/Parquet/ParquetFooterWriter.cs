using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Writes a file's FileMetaData. Source: github.com/apache/parquet-format, parquet.thrift.</summary>
internal static class ParquetFooterWriter
{
    private const int Required = 0, Optional = 1, Version = 2;
    private const int Milliseconds = 1, Nanoseconds = 3;

    /// <summary>A codec and converted types by their numbers in parquet.thrift.</summary>
    public const int Zstd = 6, Utf8 = 0, TimestampMillis = 9, UnsignedInt32 = 13;

    /// <summary>Appends it.</summary>
    /// <param name="destination">Gets it.</param>
    /// <param name="table">Name of the schema.</param>
    /// <param name="columns">The schema.</param>
    /// <param name="rowGroups">What was written.</param>
    /// <param name="indexes">Where all column indexes and all offset indexes begin in the file.</param>
    /// <param name="metadata">Keys and values for readers that look for them.</param>
    public static void Write(
        PooledBuffer destination, string table, IReadOnlyList<ParquetColumn> columns, IReadOnlyList<RowGroupFacts> rowGroups,
        (long Columns, long Offsets) indexes, IReadOnlyList<KeyValuePair<string, string>> metadata)
    {
        var thrift = new ThriftCompactWriter(destination);
        thrift.BeginStruct();
        thrift.Int32(1, Version);
        WriteSchema(thrift, table, columns);
        thrift.Int64(3, rowGroups.Sum(group => (long)group.Rows));
        thrift.StructList(4, rowGroups.Count);
        foreach (var group in rowGroups)
            WriteRowGroup(thrift, group, indexes);
        thrift.StructList(5, metadata.Count);
        foreach (var (key, value) in metadata)
        {
            thrift.BeginStruct();
            thrift.Text(1, key);
            thrift.Text(2, value);
            thrift.EndStruct();
        }
        thrift.Text(6, "vm-obs");
        // Bounds count only where it is said that they are in the types' own order.
        thrift.StructList(7, columns.Count);
        foreach (var _ in columns)
        {
            thrift.BeginStruct();
            thrift.EmptyStruct(1);
            thrift.EndStruct();
        }
        thrift.EndStruct();
    }

    private static void WriteSchema(ThriftCompactWriter thrift, string table, IReadOnlyList<ParquetColumn> columns)
    {
        thrift.StructList(2, columns.Count + 1);
        thrift.BeginStruct();
        thrift.Int32(3, Required);
        thrift.Text(4, table);
        thrift.Int32(5, columns.Count);
        thrift.EndStruct();
        foreach (var column in columns)
        {
            thrift.BeginStruct();
            thrift.Int32(1, (int)column.Type);
            thrift.Int32(3, column.IsOptional ? Optional : Required);
            thrift.Text(4, column.Name);
            WriteMeaning(thrift, column.Meaning);
            thrift.EndStruct();
        }
    }

    /// <summary>Twice: by the old converted type and by the logical type.</summary>
    private static void WriteMeaning(ThriftCompactWriter thrift, ParquetMeaning meaning)
    {
        switch (meaning)
        {
            case ParquetMeaning.Text:
                thrift.Int32(6, Utf8);
                thrift.BeginStruct(10);
                thrift.EmptyStruct(1);
                thrift.EndStruct();
                break;
            case ParquetMeaning.UtcMilliseconds:
                thrift.Int32(6, TimestampMillis);
                WriteTimestamp(thrift, Milliseconds);
                break;
            case ParquetMeaning.UtcNanoseconds:
                // The old converted types have no nanoseconds.
                WriteTimestamp(thrift, Nanoseconds);
                break;
            case ParquetMeaning.UInt32:
                thrift.Int32(6, UnsignedInt32);
                thrift.BeginStruct(10);
                thrift.BeginStruct(10);
                thrift.Int8(1, 32);
                thrift.Boolean(2, false);
                thrift.EndStruct();
                thrift.EndStruct();
                break;
            default:
                break;
        }
    }

    private static void WriteTimestamp(ThriftCompactWriter thrift, int unit)
    {
        thrift.BeginStruct(10);
        thrift.BeginStruct(8);
        thrift.Boolean(1, true);
        thrift.BeginStruct(2);
        thrift.EmptyStruct(unit);
        thrift.EndStruct();
        thrift.EndStruct();
        thrift.EndStruct();
    }

    private static void WriteRowGroup(ThriftCompactWriter thrift, RowGroupFacts group, (long Columns, long Offsets) indexes)
    {
        thrift.BeginStruct();
        thrift.StructList(1, group.Chunks.Length);
        foreach (var chunk in group.Chunks)
        {
            thrift.BeginStruct();
            thrift.Int64(2, 0);
            WriteChunk(thrift, chunk);
            thrift.Int64(4, indexes.Offsets + chunk.Index.OffsetIndexOffset);
            thrift.Int32(5, chunk.Index.OffsetIndexBytes);
            if (chunk.Index.ColumnIndexBytes > 0)
            {
                thrift.Int64(6, indexes.Columns + chunk.Index.ColumnIndexOffset);
                thrift.Int32(7, chunk.Index.ColumnIndexBytes);
            }
            thrift.EndStruct();
        }
        thrift.Int64(2, group.Chunks.Sum(chunk => chunk.UncompressedBytes));
        thrift.Int64(3, group.Rows);
        thrift.Int64(5, group.Chunks[0].Offset);
        thrift.Int64(6, group.Chunks.Sum(chunk => (long)chunk.Bytes));
        thrift.EndStruct();
    }

    private static void WriteChunk(ThriftCompactWriter thrift, ChunkFacts chunk)
    {
        thrift.BeginStruct(3);
        thrift.Int32(1, (int)chunk.Column.Type);
        thrift.Int32List(2, chunk.Encodings.Length);
        foreach (var encoding in chunk.Encodings)
            thrift.NumberItem((int)encoding);
        thrift.BytesList(3, 1);
        thrift.BytesItem(System.Text.Encoding.UTF8.GetBytes(chunk.Column.Name));
        thrift.Int32(4, Zstd);
        thrift.Int64(5, chunk.Rows);
        thrift.Int64(6, chunk.UncompressedBytes);
        thrift.Int64(7, chunk.Bytes);
        thrift.Int64(9, chunk.Offset + chunk.DictionaryBytes);
        if (chunk.DictionaryBytes > 0)
            thrift.Int64(11, chunk.Offset);
        if (chunk.Bounds is not null || chunk.Column.IsOptional)
            WriteStatistics(thrift, chunk);
        if (chunk.Filter.Bytes > 0)
        {
            thrift.Int64(14, chunk.Filter.Offset);
            thrift.Int32(15, chunk.Filter.Bytes);
        }
        thrift.EndStruct();
    }

    private static void WriteStatistics(ThriftCompactWriter thrift, ChunkFacts chunk)
    {
        thrift.BeginStruct(12);
        thrift.Int64(3, chunk.Nulls);
        if (chunk.Bounds is { } bounds)
        {
            thrift.Bytes(5, bounds.Largest);
            thrift.Bytes(6, bounds.Smallest);
        }
        thrift.EndStruct();
    }
}
