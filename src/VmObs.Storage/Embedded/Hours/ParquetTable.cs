using ParquetSharp;
using ParquetSharp.Schema;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What metric and trace files have in common: how columns are declared and written.</summary>
internal static class ParquetTable
{
    /// <summary>Rows of a row group at most: what a query for one series or trace must look through, and what a writer holds in memory.</summary>
    public const int RowGroupRows = 48 * 1024;

    /// <summary>A row group closes when its texts come to this, so that long texts do not make it large.</summary>
    public const int RowGroupTextBytes = 16 * 1024 * 1024;

    /// <summary>Key of the file's metadata that names its format and version: "metrics/1".</summary>
    public const string FormatKey = "vm-obs.format";

    private const int NanosInMillisecond = 1_000_000;

    /// <summary>A required column.</summary>
    public static PrimitiveNode Column(string name, LogicalType type, PhysicalType physical) => new(name, Repetition.Required, type, physical);

    /// <summary>A required column of texts.</summary>
    public static PrimitiveNode Text(string name) => Column(name, LogicalType.String(), PhysicalType.ByteArray);

    /// <summary>A column of texts where an empty one is null: SQL's JSON functions fail on "", not on null.</summary>
    public static PrimitiveNode OptionalText(string name) => new(name, Repetition.Optional, LogicalType.String(), PhysicalType.ByteArray);

    /// <summary>The milliseconds of a time; the rest stands in a column beside it.</summary>
    public static PrimitiveNode Milliseconds(string name) => Column(name, LogicalType.Timestamp(isAdjustedToUtc: true, TimeUnit.Millis), PhysicalType.Int64);

    /// <summary>How files are written.</summary>
    /// <param name="dictionaries">Columns with a dictionary; no others have one.</param>
    /// <param name="deltas">Columns in DELTA_BINARY_PACKED.</param>
    /// <param name="withoutStatistics">Columns whose smallest and largest value nobody asks for, or would be misled by.</param>
    public static WriterProperties Properties(IEnumerable<string> dictionaries, IEnumerable<string> deltas, IEnumerable<string> withoutStatistics)
    {
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(Compression.Zstd).CompressionLevel(3).CreatedBy("vm-obs")
            .EnableWritePageIndex().EnablePageChecksum().EnableStatistics().MaxRowGroupLength(RowGroupRows)
            // Beyond this Arrow gives a dictionary up; labels would fall from 0.02 to 0.26 bytes a sample.
            .DisableDictionary().DictionaryPagesizeLimit(RowGroupTextBytes);
        foreach (var column in dictionaries)
            builder.EnableDictionary(column);
        foreach (var column in deltas)
            builder.Encoding(column, Encoding.DeltaBinaryPacked);
        foreach (var column in withoutStatistics)
            builder.DisableStatistics(column);
        return builder.Build();
    }

    /// <summary>Splits a time into whole milliseconds (rounded down) and the nanoseconds beyond them.</summary>
    public static (long Milliseconds, int Nanos) Split(long unixNanos)
    {
        var (milliseconds, nanos) = Math.DivRem(unixNanos, NanosInMillisecond);
        return nanos < 0 ? (milliseconds - 1, (int)nanos + NanosInMillisecond) : (milliseconds, (int)nanos);
    }

    /// <summary>The time of which <see cref="Split"/> made these.</summary>
    /// <exception cref="InvalidDataException">It made no such pair.</exception>
    public static long Join(long milliseconds, int nanos)
    {
        // Wraps for the first millisecond of the range, whose start does not fit; the sum is right again.
        var time = unchecked((milliseconds * NanosInMillisecond) + nanos);
        return Split(time) == (milliseconds, nanos) ? time : throw new InvalidDataException($"the time {milliseconds} ms and {nanos} ns");
    }

    /// <summary>Runs a step of the native writer; what the disk refused comes out as the disk's own failure.</summary>
    /// <exception cref="IOException">The disk refused; the file is not to be finished.</exception>
    public static void Guard(HashingStream stream, Action write)
    {
        try
        {
            write();
        }
        catch (Exception) when (stream.Failure is { } failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    /// <summary>Writes the next column of a row group.</summary>
    public static void Write<T>(RowGroupWriter group, ReadOnlySpan<T> values)
        where T : unmanaged => ((ColumnWriter<T>)group.NextColumn()).WriteBatch(values);

    /// <summary>Writes the next column of a row group, null for empty texts.</summary>
    public static void WriteOptional(RowGroupWriter group, ReadOnlySpan<ByteArray> texts)
    {
        var levels = new short[texts.Length];
        var present = new ByteArray[texts.Length];
        var count = 0;
        for (var i = 0; i < texts.Length; i++)
        {
            if (texts[i].Length == 0)
                continue;
            levels[i] = 1;
            present[count++] = texts[i];
        }
        ((ColumnWriter<ByteArray>)group.NextColumn()).WriteBatch(texts.Length, levels, default, present.AsSpan(0, count));
    }
}
