namespace VmObs.Storage.Parquet;

/// <summary>What the footer says of a row group.</summary>
/// <param name="Rows">Its rows; at least one.</param>
/// <param name="Chunks">Its columns in their order.</param>
internal sealed record RowGroupMetadata(int Rows, IReadOnlyList<ChunkMetadata> Chunks)
{
    /// <summary>Reads a RowGroup. <c>1 columns · 3 rows</c></summary>
    /// <param name="reader">Stands at it.</param>
    /// <param name="footer">All of the footer.</param>
    /// <param name="columns">The columns that it must have.</param>
    /// <param name="end">Where pages end in the file.</param>
    public static RowGroupMetadata Read(ref ThriftReader reader, ReadOnlySpan<byte> footer, IReadOnlyList<ParquetColumn> columns, long end)
    {
        var chunks = new List<ChunkMetadata>();
        long rows = 0;
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            switch (id)
            {
                case 1:
                    var count = reader.List(out _);
                    if (count != columns.Count)
                        throw new InvalidDataException($"a row group with {count} columns of {columns.Count}");
                    foreach (var column in columns)
                        chunks.Add(ChunkMetadata.Read(ref reader, footer, column, end));
                    break;
                case 3:
                    rows = reader.Integer();
                    break;
                default:
                    reader.Pass(type);
                    break;
            }
        }
        if (rows is <= 0 or > int.MaxValue || chunks.Count != columns.Count)
            throw new InvalidDataException($"a row group of {rows} rows with {chunks.Count} columns");
        // A flat table has a value, or none, a row.
        return chunks.Find(chunk => chunk.Rows != rows) is { } wrong
            ? throw new InvalidDataException($"column {wrong.Column.Name} with {wrong.Rows} values in a row group of {rows} rows")
            : new RowGroupMetadata((int)rows, chunks);
    }
}
