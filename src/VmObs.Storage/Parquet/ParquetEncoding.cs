namespace VmObs.Storage.Parquet;

/// <summary>How a page's values stand, by Parquet's numbers.</summary>
internal enum ParquetEncoding
{
    Plain = 0,

    /// <summary>An older name of <see cref="RleDictionary"/> in data pages; read, not written.</summary>
    PlainDictionary = 2,
    Rle = 3,
    DeltaBinaryPacked = 5,
    DeltaLengthByteArray = 6,
    DeltaByteArray = 7,
    RleDictionary = 8,
    ByteStreamSplit = 9,
}
