namespace VmObs.Storage.Parquet;

/// <summary>What the footer says of a column of a row group.</summary>
/// <param name="Column">The column.</param>
/// <param name="Encodings">All that its pages use.</param>
/// <param name="Rows">Rows, with and without a value.</param>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="DictionaryBytes">Bytes of its dictionary, with which it begins; 0 for none.</param>
/// <param name="Bytes">Bytes in the file.</param>
/// <param name="UncompressedBytes">Bytes with page bodies as they were before compression.</param>
/// <param name="Nulls">Rows without a value.</param>
/// <param name="Bounds">Smallest and largest value; null where they are not kept.</param>
/// <param name="Index">Where its page index lies among all.</param>
internal sealed record ChunkFacts(
    ParquetColumn Column, ParquetEncoding[] Encodings, long Rows, long Offset, int DictionaryBytes, int Bytes, long UncompressedBytes, long Nulls,
    ValueBounds? Bounds, IndexPlace Index)
{
    /// <summary>Where its Bloom filter lies in the file, without the filter's CRC; 0 bytes are none.</summary>
    public (long Offset, int Bytes) Filter { get; init; }
}

/// <summary>What the footer says of a row group.</summary>
/// <param name="Rows">Its rows.</param>
/// <param name="Chunks">Its columns in their order.</param>
internal sealed record RowGroupFacts(int Rows, ChunkFacts[] Chunks);

/// <summary>Where the page index of a chunk lies among those of all chunks; a column index of 0 bytes is none.</summary>
internal readonly record struct IndexPlace(long ColumnIndexOffset, int ColumnIndexBytes, long OffsetIndexOffset, int OffsetIndexBytes);
