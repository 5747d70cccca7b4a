using System.Buffers.Binary;

namespace VmObs.Storage.Parquet;

/// <summary>A column of a flat Parquet table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">How its values are stored.</param>
/// <param name="Meaning">What they mean to a reader.</param>
/// <param name="IsOptional">Whether a row may have no value.</param>
/// <param name="HasBounds">Whether the smallest and largest value stand in the file; only where a value is required.</param>
/// <param name="HasFilter">Whether a <see cref="BloomFilter"/> of a row group's values stands in the file; only of sorted texts.</param>
internal sealed record ParquetColumn(
    string Name, ParquetType Type, ParquetMeaning Meaning = ParquetMeaning.None, bool IsOptional = false, bool HasBounds = true, bool HasFilter = false)
{
    /// <summary>The column as far as the schema of a file tells it.</summary>
    public ParquetColumn AsRead => this with { HasBounds = false, HasFilter = false };

    /// <summary>Compares two values in Parquet's order of the column.</summary>
    public int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => Type switch
    {
        ParquetType.ByteArray => left.SequenceCompareTo(right),
        ParquetType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(left).CompareTo(BinaryPrimitives.ReadInt64LittleEndian(right)),
        ParquetType.Int32 when Meaning == ParquetMeaning.UInt32 =>
            BinaryPrimitives.ReadUInt32LittleEndian(left).CompareTo(BinaryPrimitives.ReadUInt32LittleEndian(right)),
        ParquetType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(left).CompareTo(BinaryPrimitives.ReadInt32LittleEndian(right)),
        // Bounds of doubles leave NaN out, and readers trust them for rows above the largest.
        _ => throw new InvalidOperationException($"BUG: column {Name} of {Type} has bounds"),
    };
}

/// <summary>How values are stored, by Parquet's numbers.</summary>
internal enum ParquetType
{
    Int32 = 1,
    Int64 = 2,
    Double = 5,
    ByteArray = 6,
}

/// <summary>What stored values mean.</summary>
internal enum ParquetMeaning
{
    None,
    Text,
    UtcMilliseconds,
    UtcNanoseconds,
    UInt32,
}
