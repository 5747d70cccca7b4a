using System.Buffers.Binary;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Writes a flat Parquet table, row group by row group: zstd pages with CRCs, bounds, a page index.</summary>
/// <remarks>
/// Not thread-safe. In memory are one compressed column, and of what is written some hundred bytes a column and row group for the footer.
/// <code>PAR1 · row groups, column by column, then Bloom filters · column indexes · offset indexes · footer · u32 length of the footer · PAR1</code>
/// Source: github.com/apache/parquet-format.
/// </remarks>
internal sealed class ParquetWriter : IDisposable
{
    private readonly IByteSink _sink;
    private readonly string _table;
    private readonly IReadOnlyList<ParquetColumn> _columns;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _metadata;
    private readonly ColumnChunk _chunk;
    private readonly List<RowGroupFacts> _rowGroups = [];
    private readonly PooledBuffer _columnIndexes = new();
    private readonly PooledBuffer _offsetIndexes = new();
    private readonly PooledBuffer _filter = new();
    private readonly List<(int Column, BloomFilter Filter)> _filters = [];

    /// <summary>Begins a file.</summary>
    /// <param name="sink">Gets it; empty.</param>
    /// <param name="table">Name of the schema.</param>
    /// <param name="columns">The schema.</param>
    /// <param name="metadata">Keys and values for readers that look for them.</param>
    /// <param name="zstdLevel">How hard to compress.</param>
    public ParquetWriter(
        IByteSink sink, string table, IReadOnlyList<ParquetColumn> columns, IReadOnlyList<KeyValuePair<string, string>> metadata, int zstdLevel)
    {
        (_sink, _table, _columns, _metadata) = (sink, table, columns, metadata);
        _chunk = new ColumnChunk(zstdLevel);
        _sink.Write(Magic);
    }

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>Writes a row group and empties the columns.</summary>
    /// <param name="rows">At least one.</param>
    /// <param name="columns">The values of the schema's columns, as many each.</param>
    public void WriteRowGroup(int rows, IReadOnlyList<ColumnBuffer> columns)
    {
        var chunks = new ChunkFacts[_columns.Count];
        _filters.Clear();
        for (var i = 0; i < chunks.Length; i++)
        {
            _chunk.Begin(_columns[i], _sink.Length);
            columns[i].WriteTo(_chunk);
            columns[i].Clear();
            chunks[i] = _chunk.ToFacts(PageIndex.Write(_columnIndexes, _offsetIndexes, _columns[i], _chunk.Pages));
            if (columns.Count != chunks.Length || chunks[i].Rows != rows)
                throw new InvalidOperationException($"BUG: column {_columns[i].Name} of {columns.Count} has {chunks[i].Rows} rows in a row group of {rows}");
            _sink.Write(_chunk.Bytes);
            if (_chunk.Filter is not null)
                _filters.Add((i, _chunk.Filter));
        }
        foreach (var (column, filter) in _filters)
            chunks[column] = chunks[column] with { Filter = (_sink.Length, Write(filter)) };
        _rowGroups.Add(new RowGroupFacts(rows, chunks));
    }

    /// <summary>Writes the page index and returns what ends the file, which the caller writes: footer, its length, magic.</summary>
    public PooledBuffer Finish()
    {
        var (columnIndexes, offsetIndexes) = (_sink.Length, _sink.Length + _columnIndexes.Length);
        _sink.Write(_columnIndexes.WrittenSpan);
        _sink.Write(_offsetIndexes.WrittenSpan);
        var footer = new PooledBuffer();
        ParquetFooterWriter.Write(footer, _table, _columns, _rowGroups, (columnIndexes, offsetIndexes), _metadata);
        var length = footer.Length;
        BinaryPrimitives.WriteInt32LittleEndian(footer.GetSpan(sizeof(int)), length);
        footer.Advance(sizeof(int));
        footer.Write(Magic);
        return footer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _chunk.Dispose();
        _columnIndexes.Dispose();
        _offsetIndexes.Dispose();
        _filter.Dispose();
    }

    private int Write(BloomFilter filter)
    {
        _filter.Clear();
        var bytes = filter.Write(_filter);
        _sink.Write(_filter.WrittenSpan);
        return bytes;
    }
}
