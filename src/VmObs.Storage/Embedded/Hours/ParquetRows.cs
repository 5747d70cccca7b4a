using ParquetSharp;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads columns of a row group, and asks its statistics whether reading is worth it.</summary>
internal static class ParquetRows
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

    /// <summary>Reads the texts of an optional column of which nearly all rows have none.</summary>
    /// <returns>Which of the rows, counted from the first read, have which text; ascending.</returns>
    public static List<(int Row, byte[] Text)> ReadFewTexts(RowGroupReader group, int column, int firstRow, int rows)
    {
        var found = new List<(int, byte[])>();
        var batch = new ByteArray[Math.Min(BatchRows, rows)];
        var levels = new short[batch.Length];
        using var reader = (ColumnReader<ByteArray>)group.Column(column);
        Skip(reader, firstRow);
        for (var read = 0; read < rows;)
        {
            var count = Got(reader.ReadBatch(Math.Min(batch.Length, rows - read), levels, default, batch, out _), column, firstRow + read);
            var (row, value) = (0, 0);
            for (int step; (step = levels.AsSpan(row, count - row).IndexOfAnyExcept((short)0)) >= 0; row += step + 1)
                found.Add((read + row + step, NativeTexts.View(batch[value++]).ToArray()));
            read += count;
        }
        CheckRest(group, reader, firstRow + rows);
        return found;
    }

    /// <summary>Whether the column's statistics leave room for the text.</summary>
    public static bool MayHold(RowGroupReader group, int column, ReadOnlySpan<byte> text)
    {
        using var chunk = group.MetaData.GetColumnChunkMetaData(column);
        using var statistics = chunk.Statistics as Statistics<ByteArray>;
        return statistics is not { HasMinMax: true }
            || (NativeTexts.View(statistics.Min).SequenceCompareTo(text) <= 0 && NativeTexts.View(statistics.Max).SequenceCompareTo(text) >= 0);
    }

    /// <summary>Whether the statistics of a column of milliseconds leave room for a time of a range.</summary>
    public static bool MayOverlap(RowGroupReader group, int column, long fromUnixNanos, long toUnixNanos)
    {
        using var chunk = group.MetaData.GetColumnChunkMetaData(column);
        using var statistics = chunk.Statistics as Statistics<long>;
        return statistics is not { HasMinMax: true }
            || (statistics.Max >= ParquetTable.Split(fromUnixNanos).Milliseconds && statistics.Min <= ParquetTable.Split(toUnixNanos).Milliseconds);
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
