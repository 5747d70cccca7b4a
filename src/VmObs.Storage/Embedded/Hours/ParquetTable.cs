using ParquetSharp;
using ParquetSharp.IO;
using ParquetSharp.Schema;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What metric and trace files have in common: how columns are declared, written and read, always checked by page CRC.</summary>
internal static class ParquetTable
{
    /// <summary>Rows of a row group at most: a page index and statistics every 48 k rows, and one row group's columns in memory.</summary>
    public const int RowGroupRows = 48 * 1024;

    /// <summary>A required column.</summary>
    public static PrimitiveNode Column(string name, LogicalType type, PhysicalType physical) => new(name, Repetition.Required, type, physical);

    /// <summary>A required column of texts.</summary>
    public static PrimitiveNode Text(string name) => Column(name, LogicalType.String(), PhysicalType.ByteArray);

    /// <summary>The milliseconds of a time; the rest stands in a column beside it.</summary>
    public static PrimitiveNode Milliseconds(string name) => Column(name, LogicalType.Timestamp(isAdjustedToUtc: true, TimeUnit.Millis), PhysicalType.Int64);

    /// <summary>How files are written; dictionaries only for the named columns.</summary>
    public static WriterProperties Properties(IEnumerable<string> dictionaries, IEnumerable<string> deltas)
    {
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(Compression.Zstd).CompressionLevel(3).CreatedBy("vm-obs")
            .EnableWritePageIndex().EnablePageChecksum().EnableStatistics().MaxRowGroupLength(RowGroupRows)
            // Beyond this Arrow gives a dictionary up; labels would fall from 0.02 to 0.26 bytes a sample.
            .DisableDictionary().DictionaryPagesizeLimit(16 << 20);
        foreach (var column in dictionaries)
            builder.EnableDictionary(column);
        foreach (var column in deltas)
            builder.Encoding(column, Encoding.DeltaBinaryPacked);
        return builder.Build();
    }

    /// <summary>Splits a time into whole milliseconds (rounded down) and the nanoseconds beyond them.</summary>
    public static (long Milliseconds, int Nanos) Split(long unixNanos)
    {
        var (milliseconds, nanos) = Math.DivRem(unixNanos, 1_000_000);
        return nanos < 0 ? (milliseconds - 1, (int)nanos + 1_000_000) : (milliseconds, (int)nanos);
    }

    /// <summary>Writes the next column of a row group.</summary>
    public static void Write<T>(RowGroupWriter group, ReadOnlySpan<T> values)
        where T : unmanaged => ((ColumnWriter<T>)group.NextColumn()).WriteBatch(values);

    /// <summary>Reads a whole column of a row group.</summary>
    public static T[] Read<T>(RowGroupReader group, int column)
        where T : unmanaged
    {
        var values = new T[group.MetaData.NumRows];
        using var reader = (ColumnReader<T>)group.Column(column);
        for (var read = 0; read < values.Length;)
        {
            var batch = reader.ReadBatch(values.Length - read, values.AsSpan(read), out _);
            read += batch > 0 ? (int)batch : throw new InvalidDataException($"column {column} ends after {read} of {values.Length} rows");
        }
        return values;
    }

    /// <summary>Reads a whole column of texts; equal neighbours share one array.</summary>
    public static byte[][] ReadTexts(RowGroupReader group, int column)
    {
        var texts = new byte[group.MetaData.NumRows][];
        var batch = new ByteArray[4096];
        using var reader = (ColumnReader<ByteArray>)group.Column(column);
        for (var read = 0; read < texts.Length;)
        {
            var count = (int)reader.ReadBatch(Math.Min(batch.Length, texts.Length - read), batch, out _);
            if (count == 0)
                throw new InvalidDataException($"column {column} ends after {read} of {texts.Length} rows");
            for (var i = 0; i < count; i++, read++)
            {
                var text = NativeTexts.View(batch[i]);
                texts[read] = read > 0 && text.SequenceEqual(texts[read - 1]) ? texts[read - 1] : text.ToArray();
            }
        }
        return texts;
    }

    /// <summary>Opens a file and hands its row groups to a reader, one after the other.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static IEnumerable<T> ReadGroups<T>(DiskFile file, Func<RowGroupReader, T> read)
    {
        using var stream = new DiskFileStream(file);
        using var source = Guard(file, "a Parquet file", () => new ManagedRandomAccessFile(stream));
        using var properties = ReaderProperties.GetDefaultReaderProperties();
        properties.EnablePageChecksumVerification();
        using var reader = Guard(file, "a Parquet footer", () => new ParquetFileReader(source, properties));
        var groups = reader.FileMetaData.NumRowGroups;
        for (var i = 0; i < groups; i++)
        {
            var index = i;
            yield return Guard(file, $"row group {index} of {groups}", () =>
            {
                using var group = reader.RowGroup(index);
                return read(group);
            });
        }
    }

    private static T Guard<T>(DiskFile file, string expected, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is ParquetException or InvalidDataException or InvalidCastException or OverflowException or ArgumentException or System.Text.Json.JsonException or IndexOutOfRangeException)
        {
            throw new DamagedFileException(file.Path, 0, error.Message.ReplaceLineEndings(" "), expected);
        }
    }
}
