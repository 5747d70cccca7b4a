using System.Runtime.InteropServices;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Numbers of an optional column, in one PLAIN page.</summary>
internal sealed class NullableColumn<T> : ColumnBuffer
    where T : unmanaged
{
    private readonly PooledBuffer _body = new();
    private readonly DefinitionLevels _levels;
    private readonly T[] _values;
    private readonly bool[] _present;
    private int _rows;
    private int _count;

    /// <summary>Takes at most so many rows.</summary>
    public NullableColumn(int maxRows)
    {
        _levels = new DefinitionLevels(_body);
        (_values, _present) = (new T[maxRows], new bool[maxRows]);
    }

    /// <summary>Adds a row.</summary>
    public void Add(T value)
    {
        _values[_count++] = value;
        _present[_rows++] = true;
    }

    /// <summary>Adds a row without a value.</summary>
    public void AddNone() => _present[_rows++] = false;

    public override void WriteTo(ColumnChunk chunk)
    {
        _body.Clear();
        _levels.Begin();
        for (int row = 0, end; row < _rows; row = end)
        {
            var run = _present.AsSpan(row, _rows - row).IndexOf(!_present[row]);
            end = run < 0 ? _rows : row + run;
            _levels.Add(_present[row], end - row);
        }
        _levels.End();
        // All supported machines are little-endian, as Parquet is.
        _body.Write(MemoryMarshal.AsBytes(_values.AsSpan(0, _count)));
        chunk.AddPage(_rows, _rows - _count, ParquetEncoding.Plain, _body.WrittenSpan, null);
    }

    public override void Clear() => (_rows, _count) = (0, 0);

    public override void Dispose() => _body.Dispose();
}
