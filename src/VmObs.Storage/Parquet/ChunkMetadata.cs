namespace VmObs.Storage.Parquet;

/// <summary>What the footer says of a column of a row group.</summary>
/// <param name="Column">The column.</param>
/// <param name="Rows">Rows, with and without a value.</param>
/// <param name="Offset">Where its pages begin in the file: with the dictionary, where it has one.</param>
/// <param name="Bytes">Bytes of all its pages.</param>
/// <param name="DictionaryBytes">Bytes of the dictionary's page; 0 for none.</param>
/// <param name="Nulls">Rows without a value; 0 where the footer does not say.</param>
/// <param name="Bounds">Smallest and largest value; null where they are not kept.</param>
/// <param name="Index">Where its page index lies in the file; lengths are 0 where it has none.</param>
internal sealed record ChunkMetadata(
    ParquetColumn Column, long Rows, long Offset, int Bytes, int DictionaryBytes, long Nulls, ValueBounds? Bounds, IndexPlace Index)
{
    /// <summary>Where its Bloom filter lies in the file, without the filter's CRC; 0 bytes are none.</summary>
    public (long Offset, int Bytes) Filter { get; init; }

    private const int Zstd = ParquetFooterWriter.Zstd;

    /// <summary>The first byte behind its pages.</summary>
    public long End => Offset + Bytes;

    /// <summary>Whether a text may be among its values.</summary>
    public bool MayHold(ReadOnlySpan<byte> text) =>
        Bounds is not { } bounds || (text.SequenceCompareTo(bounds.Smallest) >= 0 && text.SequenceCompareTo(bounds.Largest) <= 0);

    /// <summary>Whether a text that begins so may be among its values.</summary>
    public bool MayHoldPrefix(ReadOnlySpan<byte> prefix) =>
        Bounds is not { } bounds || (prefix.SequenceCompareTo(bounds.Largest) <= 0 && (prefix.SequenceCompareTo(bounds.Smallest) >= 0 || bounds.Smallest.AsSpan().StartsWith(prefix)));

    /// <summary>Reads a ColumnChunk. <c>3 metadata · 4, 5 offset index · 6, 7 column index</c></summary>
    internal static ChunkMetadata Read(ref ThriftReader reader, ReadOnlySpan<byte> footer, ParquetColumn column, long end)
    {
        ChunkMetadata? chunk = null;
        long columnIndex = 0, columnIndexBytes = 0, offsetIndex = 0, offsetIndexBytes = 0;
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            switch (id)
            {
                case 3:
                    chunk = ReadMetadata(ref reader, footer, column, end);
                    break;
                case 4:
                    offsetIndex = reader.Integer();
                    break;
                case 5:
                    offsetIndexBytes = reader.Integer();
                    break;
                case 6:
                    columnIndex = reader.Integer();
                    break;
                case 7:
                    columnIndexBytes = reader.Integer();
                    break;
                default:
                    reader.Pass(type);
                    break;
            }
        }
        CheckPlace(column, columnIndex, columnIndexBytes, end);
        CheckPlace(column, offsetIndex, offsetIndexBytes, end);
        return chunk is null
            ? throw new InvalidDataException($"column {column.Name} without its metadata")
            : chunk with { Index = new IndexPlace(columnIndex, (int)columnIndexBytes, offsetIndex, (int)offsetIndexBytes) };
    }

    /// <summary>Reads a ColumnMetaData. <c>1 type · 4 codec · 5 values · 7 compressed bytes · 9 first data page · 11 dictionary page · 12 statistics
    /// · 14, 15 Bloom filter</c></summary>
    private static ChunkMetadata ReadMetadata(ref ThriftReader reader, ReadOnlySpan<byte> footer, ParquetColumn column, long end)
    {
        long type = 0, codec = 0, rows = 0, bytes = 0, data = 0, dictionary = 0, nulls = 0, filter = 0, filterBytes = 0;
        ValueBounds? bounds = null;
        for (var id = 0; reader.NextField(ref id, out var of);)
        {
            switch (id)
            {
                case 1:
                    type = reader.Integer();
                    break;
                case 4:
                    codec = reader.Integer();
                    break;
                case 5:
                    rows = reader.Integer();
                    break;
                case 7:
                    bytes = reader.Integer();
                    break;
                case 9:
                    data = reader.Integer();
                    break;
                case 11:
                    dictionary = reader.Integer();
                    break;
                case 12:
                    (nulls, bounds) = ReadStatistics(ref reader, footer, column);
                    break;
                case 14:
                    filter = reader.Integer();
                    break;
                case 15:
                    filterBytes = reader.Integer();
                    break;
                default:
                    reader.Pass(of);
                    break;
            }
        }
        if (type != (int)column.Type || codec != Zstd)
            throw new InvalidDataException($"column {column.Name} of type {type} with codec {codec}, wanted {(int)column.Type} and zstd");
        var offset = dictionary > 0 ? Math.Min(dictionary, data) : data;
        CheckPlace(column, offset, bytes, end);
        if (data >= offset + bytes)
            throw new InvalidDataException($"column {column.Name} with its first page behind its end");
        CheckPlace(column, filter, filterBytes, end - BloomFilter.GuardBytes);
        return new ChunkMetadata(column, rows, offset, (int)bytes, (int)(data - offset), nulls, bounds, default) { Filter = (filter, (int)filterBytes) };
    }

    /// <summary>Reads a Statistics. <c>3 nulls · 5 largest · 6 smallest</c>; 1 and 2 are those of an order that nobody agreed on.</summary>
    private static (long Nulls, ValueBounds? Bounds) ReadStatistics(ref ThriftReader reader, ReadOnlySpan<byte> footer, ParquetColumn column)
    {
        long nulls = 0;
        byte[]? smallest = null, largest = null;
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if (id == 3)
                nulls = reader.Integer();
            else if (id is 5 or 6 && reader.Binary() is var (at, length))
                (smallest, largest) = id == 5 ? (smallest, footer.Slice(at, length).ToArray()) : (footer.Slice(at, length).ToArray(), largest);
            else if (id is not (5 or 6))
                reader.Pass(type);
        }
        if (smallest is null || largest is null || column.Type == ParquetType.Double)
            return (nulls, null);
        var width = column.Type switch
        {
            ParquetType.Int32 => sizeof(int),
            ParquetType.Int64 => sizeof(long),
            _ => -1,
        };
        return width < 0 || (smallest.Length == width && largest.Length == width)
            ? (nulls, new ValueBounds(smallest, largest))
            : throw new InvalidDataException($"column {column.Name} with bounds of {smallest.Length} and {largest.Length} bytes");
    }

    private static void CheckPlace(ParquetColumn column, long offset, long bytes, long end)
    {
        if (offset < 0 || bytes < 0 || bytes > int.MaxValue || offset > end - bytes)
            throw new InvalidDataException($"column {column.Name} with {bytes} bytes at {offset} in a file whose footer begins at {end}");
    }
}
