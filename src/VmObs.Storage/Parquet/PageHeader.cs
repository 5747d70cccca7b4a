namespace VmObs.Storage.Parquet;

/// <summary>What stands before a page's body.</summary>
/// <param name="Type">A page of rows, or the dictionary.</param>
/// <param name="UncompressedBytes">Bytes of the body as it was before compression.</param>
/// <param name="CompressedBytes">Bytes of the body in the file.</param>
/// <param name="Crc">CRC-32 of the body in the file.</param>
/// <param name="Values">Rows, with and without a value; entries of a dictionary.</param>
/// <param name="Encoding">How the values stand.</param>
internal readonly record struct PageHeader(PageType Type, int UncompressedBytes, int CompressedBytes, uint Crc, int Values, ParquetEncoding Encoding)
{
    private const int Rle = (int)ParquetEncoding.Rle;

    /// <summary>Reads a PageHeader. <c>1 type · 2 uncompressed bytes · 3 compressed bytes · 4 CRC · 5 data page: 1 values · 2 encoding · 3, 4 of the levels
    /// · 7 dictionary page: 1 values · 2 encoding</c></summary>
    /// <exception cref="InvalidDataException">It is none, or of a page that no writer of ours made.</exception>
    public static PageHeader Read(ref ThriftReader reader)
    {
        long type = -1, uncompressed = -1, compressed = -1, values = -1, encoding = -1;
        long? crc = null;
        for (var id = 0; reader.NextField(ref id, out var of);)
        {
            switch (id)
            {
                case 1:
                    type = reader.Integer();
                    break;
                case 2:
                    uncompressed = reader.Integer();
                    break;
                case 3:
                    compressed = reader.Integer();
                    break;
                case 4:
                    crc = reader.Integer();
                    break;
                case 5 or 7:
                    (values, encoding) = ReadValues(ref reader, isData: id == 5);
                    break;
                default:
                    reader.Pass(of);
                    break;
            }
        }
        if (type is not ((int)PageType.Data or (int)PageType.Dictionary) || crc is null || values is < 0 or > int.MaxValue
            || uncompressed is < 0 or > int.MaxValue || compressed is < 0 or > int.MaxValue)
            throw new InvalidDataException($"a header of a page of type {type} with {values} values, {compressed} bytes, uncompressed {uncompressed}, {(crc is null ? "no CRC" : "a CRC")}");
        return new PageHeader((PageType)type, (int)uncompressed, (int)compressed, (uint)crc.Value, (int)values, (ParquetEncoding)encoding);
    }

    private static (long Values, long Encoding) ReadValues(ref ThriftReader reader, bool isData)
    {
        long values = -1, encoding = -1;
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if (id == 1)
                values = reader.Integer();
            else if (id == 2)
                encoding = reader.Integer();
            else if (!isData || id is not (3 or 4))
                reader.Pass(type);
            else if (reader.Integer() is not Rle and var levels)
                throw new InvalidDataException($"levels in encoding {levels}");
        }
        return (values, encoding);
    }
}

/// <summary>What a page holds, by Parquet's numbers.</summary>
internal enum PageType
{
    Data = 0,
    Dictionary = 2,
}
