using ParquetSharp;

namespace VmObs.Tests.Storage.Parquet;

/// <summary>Reads columns of a row group by ParquetSharp, which knows nothing of our writer and reader: what both are held against.</summary>
internal static class ParquetSharpRows
{
    private const int BatchRows = 4096;

    /// <summary>Reads rows of a column.</summary>
    public static T[] Read<T>(RowGroupReader group, int column, int firstRow, int rows)
        where T : unmanaged
    {
        var values = new T[rows];
        using var reader = (ColumnReader<T>)group.Column(column);
        Skip(reader, firstRow);
        for (var read = 0; read < rows;)
            read += Got(reader.ReadBatch(rows - read, values.AsSpan(read), out _), column, firstRow + read);
        CheckRest(group, reader, firstRow + rows);
        return values;
    }

    /// <summary>Reads rows of a column of texts, empty for null; equal neighbours share one array.</summary>
    public static byte[][] ReadTexts(RowGroupReader group, int column, int firstRow, int rows)
    {
        var texts = new byte[rows][];
        var batch = new ByteArray[Math.Min(BatchRows, rows)];
        using var reader = (ColumnReader<ByteArray>)group.Column(column);
        var levels = reader.ColumnDescriptor.MaxDefinitionLevel > 0 ? new short[batch.Length] : null;
        Skip(reader, firstRow);
        byte[] last = [];
        for (var read = 0; read < rows;)
        {
            var want = Math.Min(batch.Length, rows - read);
            var count = levels is null
                ? Got(reader.ReadBatch(want, batch, out _), column, firstRow + read)
                : Got(reader.ReadBatch(want, levels, default, batch, out _), column, firstRow + read);
            var (value, pointer) = (0, default(nint));
            for (var i = 0; i < count; i++)
            {
                var text = levels is not null && levels[i] == 0 ? default : batch[value++];
                // Rows of one dictionary entry have one pointer; it stays what it is until the next batch.
                if ((text.Pointer != pointer || text.Length != last.Length) && !NativeTexts.View(text).SequenceEqual(last))
                    last = NativeTexts.View(text).ToArray();
                pointer = text.Pointer;
                texts[read++] = last;
            }
        }
        CheckRest(group, reader, firstRow + rows);
        return texts;
    }

    private static void Skip(ColumnReader reader, int rows)
    {
        if (rows > 0 && reader.Skip(rows) != rows)
            throw new InvalidDataException($"column {reader.ColumnIndex} ends before row {rows}");
    }

    // Page headers have no CRC. One that claims more or fewer rows than its page has moves all rows behind it, which only their number shows.
    private static void CheckRest(RowGroupReader group, ColumnReader reader, int nextRow)
    {
        Skip(reader, (int)group.MetaData.NumRows - nextRow);
        if (reader.HasNext)
            throw new InvalidDataException($"column {reader.ColumnIndex} goes on behind row {group.MetaData.NumRows}");
    }

    private static int Got(long count, int column, int row) =>
        count > 0 ? (int)count : throw new InvalidDataException($"column {column} ends at row {row}");
}
