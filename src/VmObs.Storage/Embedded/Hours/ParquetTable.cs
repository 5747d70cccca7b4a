using System.Buffers;
using System.Buffers.Binary;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What metric and trace files have in common: how large a row group is, how columns are declared, how a time stands.</summary>
internal static class ParquetTable
{
    /// <summary>Rows of a row group at most: what a query for one series or trace must look through, and what a writer holds in memory.</summary>
    public const int RowGroupRows = 48 * 1024;

    /// <summary>A row group closes when its texts come to this, so that long texts do not make it large.</summary>
    public const int RowGroupTextBytes = 16 * 1024 * 1024;

    /// <summary>Key of the file's metadata that names its format and version: "metrics/2".</summary>
    public const string FormatKey = "vm-obs.format";

    /// <summary>Key of the file's metadata that names the hour: "telemetry/metrics/2025-12-06/hour-14.parquet".</summary>
    public const string HourKey = "vm-obs.hour";

    private const int NanosInMillisecond = 1_000_000;

    /// <summary>Whether the bounds of a column of milliseconds leave room for a time of a range.</summary>
    public static bool MayOverlap(ChunkMetadata chunk, long fromUnixNanos, long toUnixNanos) =>
        chunk.Bounds is not { } bounds
        || (BinaryPrimitives.ReadInt64LittleEndian(bounds.Largest) >= Split(fromUnixNanos).Milliseconds
            && BinaryPrimitives.ReadInt64LittleEndian(bounds.Smallest) <= Split(toUnixNanos).Milliseconds);

    /// <summary>Whether the bounds of a column of milliseconds leave no room for a time outside of a range.</summary>
    public static bool LiesWithin(ChunkMetadata chunk, long fromUnixNanos, long toUnixNanos) =>
        chunk.Bounds is { } bounds
        && BinaryPrimitives.ReadInt64LittleEndian(bounds.Smallest) > Split(fromUnixNanos).Milliseconds
        && BinaryPrimitives.ReadInt64LittleEndian(bounds.Largest) < Split(toUnixNanos).Milliseconds;

    /// <summary>Reads rows of two columns of times and joins them.</summary>
    public static void ReadTimes(ParquetReader reader, int group, (int Milliseconds, int Nanos) columns, int firstRow, Span<long> into) =>
        ReadTimes(reader, group, columns, [new RowRange(firstRow, into.Length)], into);

    /// <summary>Reads rows of two columns of times and joins them.</summary>
    /// <param name="reader">Reads the file.</param>
    /// <param name="group">The row group's number.</param>
    /// <param name="columns">The two columns.</param>
    /// <param name="ranges">The rows, ascending, none twice.</param>
    /// <param name="into">Gets them, one after the other; has room for as many.</param>
    public static void ReadTimes(ParquetReader reader, int group, (int Milliseconds, int Nanos) columns, ReadOnlySpan<RowRange> ranges, Span<long> into)
    {
        reader.ReadIntegers(group, columns.Milliseconds, ranges, into);
        var nanos = ArrayPool<int>.Shared.Rent(into.Length);
        reader.ReadIntegers(group, columns.Nanos, ranges, nanos.AsSpan(0, into.Length));
        Join(into, nanos.AsSpan(0, into.Length));
        ArrayPool<int>.Shared.Return(nanos);
    }

    /// <summary>Joins times: milliseconds become Unix ns.</summary>
    private static void Join(Span<long> times, ReadOnlySpan<int> nanos)
    {
        const long Beyond = (long.MaxValue / NanosInMillisecond) - 1;
        nanos = nanos[..times.Length];
        for (var i = 0; i < times.Length; i++)
        {
            // All but what is at the ends of time, or no time at all.
            var (milliseconds, rest) = (times[i], nanos[i]);
            times[i] = (uint)rest < NanosInMillisecond && milliseconds is > -Beyond and < Beyond ? (milliseconds * NanosInMillisecond) + rest : Join(milliseconds, rest);
        }
    }

    /// <summary>Splits a time into whole milliseconds (rounded down) and the nanoseconds beyond them.</summary>
    public static (long Milliseconds, int Nanos) Split(long unixNanos)
    {
        var (milliseconds, nanos) = Math.DivRem(unixNanos, NanosInMillisecond);
        return nanos < 0 ? (milliseconds - 1, (int)nanos + NanosInMillisecond) : (milliseconds, (int)nanos);
    }

    /// <summary>Splits times into columns of as many.</summary>
    public static void Split(ReadOnlySpan<long> unixNanos, Span<long> milliseconds, Span<int> nanos)
    {
        for (var i = 0; i < unixNanos.Length; i++)
            (milliseconds[i], nanos[i]) = Split(unixNanos[i]);
    }

    /// <summary>The time of which <see cref="Split(long)"/> made these.</summary>
    /// <exception cref="InvalidDataException">It made no such pair.</exception>
    public static long Join(long milliseconds, int nanos)
    {
        // Far from the ends of the range, where nearly all times are, nothing wraps.
        if ((uint)nanos < NanosInMillisecond && milliseconds is > (long.MinValue / NanosInMillisecond) and < (long.MaxValue / NanosInMillisecond))
            return (milliseconds * NanosInMillisecond) + nanos;
        // Wraps for the first millisecond of the range, whose start does not fit; the sum is right again.
        var time = unchecked((milliseconds * NanosInMillisecond) + nanos);
        return Split(time) == (milliseconds, nanos) ? time : throw new InvalidDataException($"the time {milliseconds} ms and {nanos} ns");
    }
}
