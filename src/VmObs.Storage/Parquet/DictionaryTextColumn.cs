using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Texts of which there are few, fed with runs: a dictionary, and its indices run-length encoded. In an optional column an empty text is none.</summary>
internal sealed class DictionaryTextColumn : ColumnBuffer
{
    private const int None = -1;

    private readonly ParquetColumn _column;
    private readonly TextDictionary _texts = new();
    private readonly PooledBuffer _body = new();
    private readonly DefinitionLevels _levels;
    private readonly RleBitPackedEncoder _indices;
    private Run[] _runs = new Run[256];
    private int _runCount;

    public DictionaryTextColumn(ParquetColumn column)
    {
        _column = column;
        _levels = new DefinitionLevels(_body);
        _indices = new RleBitPackedEncoder(_body);
    }

    /// <summary>Adds rows of one text.</summary>
    public void Add(ReadOnlySpan<byte> text, int rows = 1)
    {
        var last = _runCount == 0 ? new Run(int.MinValue, 0) : _runs[_runCount - 1];
        // Most rows repeat the last text; comparing is cheaper than hashing.
        var index = text.IsEmpty && _column.IsOptional ? None
            : last.Index >= 0 && _texts[last.Index].SequenceEqual(text) ? last.Index
            : _texts.IndexOf(text);
        if (index == last.Index)
        {
            _runs[_runCount - 1] = last with { Rows = last.Rows + rows };
            return;
        }
        if (_runCount == _runs.Length)
            Array.Resize(ref _runs, _runs.Length * 2);
        _runs[_runCount++] = new Run(index, rows);
    }

    public override void WriteTo(ColumnChunk chunk)
    {
        _body.Clear();
        var (rows, nulls) = (0, 0);
        if (_column.IsOptional)
            _levels.Begin();
        foreach (var run in _runs.AsSpan(0, _runCount))
        {
            rows += run.Rows;
            nulls += run.Index == None ? run.Rows : 0;
            if (_column.IsOptional)
                _levels.Add(run.Index != None, run.Rows);
        }
        if (_column.IsOptional)
            _levels.End();
        if (_texts.Count == 0)
        {
            chunk.AddPage(rows, nulls, ParquetEncoding.Plain, _body.WrittenSpan, null);
            return;
        }
        WriteIndices();
        chunk.AddDictionary(_texts.Count, _texts.Plain);
        chunk.AddPage(rows, nulls, ParquetEncoding.RleDictionary, _body.WrittenSpan, _column.HasBounds ? _texts.Bounds() : null);
    }

    public override void Clear()
    {
        _texts.Clear();
        _runCount = 0;
    }

    public override void Dispose()
    {
        _texts.Dispose();
        _body.Dispose();
    }

    // A byte with the indices' bits, then the indices.
    private void WriteIndices()
    {
        // Nothing but a value's absence would need no bits; readers differ in whether they take 0.
        var width = Math.Max(1, RleBitPackedEncoder.Width(_texts.Count - 1));
        _body.WriteByte((byte)width);
        _indices.Begin(width);
        foreach (var run in _runs.AsSpan(0, _runCount))
        {
            if (run.Index != None)
                _indices.Add(run.Index, run.Rows);
        }
        _indices.End();
    }

    private readonly record struct Run(int Index, int Rows);
}
