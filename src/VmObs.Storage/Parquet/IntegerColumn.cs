using System.Numerics;
using System.Runtime.InteropServices;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Whole numbers, in pages of some rows: PLAIN or DELTA_BINARY_PACKED.</summary>
internal sealed class IntegerColumn<T> : ColumnBuffer
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    private readonly ParquetColumn _column;
    private readonly ParquetEncoding _encoding;
    private readonly PooledBuffer _body = new();
    private readonly T[] _values;
    private readonly int _pageRows;
    private int _rows;

    /// <summary>Takes at most so many rows; in one page, where no size of pages is given.</summary>
    public IntegerColumn(ParquetColumn column, ParquetEncoding encoding, int maxRows, int? pageRows = null)
    {
        (_column, _encoding, _pageRows) = (column, encoding, pageRows ?? maxRows);
        _values = new T[maxRows];
    }

    /// <summary>Adds a row.</summary>
    public void Add(T value) => _values[_rows++] = value;

    /// <summary>Adds rows, which the caller writes.</summary>
    public Span<T> AddRows(int rows)
    {
        _rows += rows;
        return _values.AsSpan(_rows - rows, rows);
    }

    public override void WriteTo(ColumnChunk chunk)
    {
        var values = _values.AsSpan(0, _rows);
        // One number throughout is a few bytes, however many rows it has.
        var pageRows = values.ContainsAnyExcept(values[0]) ? _pageRows : _rows;
        for (var first = 0; first < _rows; first += pageRows)
            WritePage(chunk, values.Slice(first, Math.Min(pageRows, _rows - first)));
    }

    public override void Clear() => _rows = 0;

    public override void Dispose() => _body.Dispose();

    private void WritePage(ColumnChunk chunk, ReadOnlySpan<T> values)
    {
        var bounds = _column.HasBounds ? Bounds(values) : null;
        // The same number throughout is a few bytes as differences, and four or eight a row to compress otherwise.
        var encoding = values.ContainsAnyExcept(values[0]) ? _encoding : ParquetEncoding.DeltaBinaryPacked;
        if (encoding == ParquetEncoding.Plain)
        {
            // All supported machines are little-endian, as Parquet is.
            chunk.AddPage(values.Length, 0, encoding, MemoryMarshal.AsBytes(values), bounds);
            return;
        }
        _body.Clear();
        DeltaBinaryPacked.Write(_body, values);
        chunk.AddPage(values.Length, 0, encoding, _body.WrittenSpan, bounds);
    }

    private static ValueBounds Bounds(ReadOnlySpan<T> values)
    {
        var (smallest, largest) = (values[0], values[0]);
        foreach (var value in values)
        {
            smallest = T.Min(smallest, value);
            largest = T.Max(largest, value);
        }
        return new ValueBounds(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in smallest)).ToArray(), MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in largest)).ToArray());
    }
}
