using System.Buffers.Binary;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Texts that seldom repeat, in pages of some size. In an optional column an empty text is none.</summary>
internal sealed class TextColumn : ColumnBuffer
{
    private const int DefaultPageBytes = 1024 * 1024;

    private readonly ParquetColumn _column;
    private readonly ParquetEncoding _encoding;
    private readonly PooledBuffer _texts = new();
    private readonly PooledBuffer _body = new();
    private readonly DefinitionLevels _levels;
    private readonly PooledBuffer _rests = new(256);
    private readonly int _pageBytes;
    private int[] _lengths = new int[1024];
    private int[] _shared = [];
    private int[] _restLengths = [];
    private ulong[] _hashes = [];
    private int _rows;

    /// <summary>Takes PLAIN, DELTA_LENGTH_BYTE_ARRAY or DELTA_BYTE_ARRAY; a page has texts of so many bytes, or one that is longer.</summary>
    public TextColumn(ParquetColumn column, ParquetEncoding encoding, int pageBytes = DefaultPageBytes)
    {
        (_column, _encoding, _pageBytes) = (column, encoding, pageBytes);
        _levels = new DefinitionLevels(_body);
    }

    /// <summary>Adds a row.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        text.CopyTo(AddRow(text.Length));
    }

    /// <summary>Adds a row, whose text of so many bytes the caller writes.</summary>
    public Span<byte> AddRow(int length)
    {
        if (_rows == _lengths.Length)
            Array.Resize(ref _lengths, _lengths.Length * 2);
        _lengths[_rows++] = length;
        var text = _texts.GetSpan(length)[..length];
        _texts.Advance(length);
        return text;
    }

    /// <summary>Adds rows without a text, in an optional column.</summary>
    public void AddNone(int rows)
    {
        if (rows > _lengths.Length - _rows)
            Array.Resize(ref _lengths, Math.Max(_lengths.Length * 2, _rows + rows));
        _lengths.AsSpan(_rows, rows).Clear();
        _rows += rows;
    }

    public override void WriteTo(ColumnChunk chunk)
    {
        if (_column.HasFilter)
            chunk.Filter = Filter();
        if (_texts.Length <= _pageBytes)
        {
            WritePage(chunk, _lengths.AsSpan(0, _rows), _texts.WrittenSpan);
            return;
        }
        var text = 0;
        for (var row = 0; row < _rows;)
        {
            var (first, start) = (row, text);
            do
                text += _lengths[row++];
            while (row < _rows && text - start + _lengths[row] <= _pageBytes);
            WritePage(chunk, _lengths.AsSpan(first, row - first), _texts.WrittenSpan[start..text]);
        }
    }

    public override void Clear()
    {
        _texts.Clear();
        _rows = 0;
    }

    public override void Dispose()
    {
        _texts.Dispose();
        _body.Dispose();
        _rests.Dispose();
    }

    private BloomFilter Filter()
    {
        if (_hashes.Length < _rows)
            _hashes = new ulong[_lengths.Length];
        var (count, at) = (0, 0);
        for (var row = 0; row < _rows; at += _lengths[row++])
        {
            var text = _texts.Slice(at, _lengths[row]);
            // Sorted, those that are the same stand side by side.
            if (row == 0 || !text.SequenceEqual(_texts.Slice(at - _lengths[row - 1], _lengths[row - 1])))
                _hashes[count++] = BloomFilter.Hash(text);
        }
        return BloomFilter.Of(_hashes.AsSpan(0, count));
    }

    private void WritePage(ColumnChunk chunk, Span<int> lengths, ReadOnlySpan<byte> texts)
    {
        _body.Clear();
        var rows = lengths.Length;
        if (_column.IsOptional)
            lengths = WithoutNone(lengths);
        if (_encoding == ParquetEncoding.Plain)
            WritePlain(lengths, texts);
        else if (_encoding == ParquetEncoding.DeltaLengthByteArray)
            WriteLengthsAndTexts(lengths, texts);
        else
            WritePrefixes(lengths, texts);
        chunk.AddPage(rows, rows - lengths.Length, _encoding, _body.WrittenSpan, _column.HasBounds ? Bounds(lengths, texts) : null);
    }

    /// <summary>Writes the levels and moves the lengths of texts that are there to the front.</summary>
    private Span<int> WithoutNone(Span<int> lengths)
    {
        _levels.Begin();
        var count = 0;
        for (int row = 0, end; row < lengths.Length; row = end)
        {
            var present = lengths[row] > 0;
            var run = present ? lengths[row..].IndexOf(0) : lengths[row..].IndexOfAnyExcept(0);
            end = run < 0 ? lengths.Length : row + run;
            _levels.Add(present, end - row);
            if (!present)
                continue;
            lengths[row..end].CopyTo(lengths[count..]);
            count += end - row;
        }
        _levels.End();
        return lengths[..count];
    }

    private void WritePlain(ReadOnlySpan<int> lengths, ReadOnlySpan<byte> texts)
    {
        foreach (var length in lengths)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_body.GetSpan(sizeof(int)), length);
            _body.Advance(sizeof(int));
            _body.Write(texts[..length]);
            texts = texts[length..];
        }
    }

    private void WriteLengthsAndTexts(ReadOnlySpan<int> lengths, ReadOnlySpan<byte> texts)
    {
        DeltaBinaryPacked.Write(_body, lengths);
        _body.Write(texts);
    }

    /// <summary>What each text shares with the one before it, then the rests.</summary>
    private void WritePrefixes(ReadOnlySpan<int> lengths, ReadOnlySpan<byte> texts)
    {
        if (_shared.Length < lengths.Length)
            (_shared, _restLengths) = (new int[_lengths.Length], new int[_lengths.Length]);
        _rests.Clear();
        ReadOnlySpan<byte> last = default;
        for (var i = 0; i < lengths.Length; i++)
        {
            var text = texts[..lengths[i]];
            var shared = text.CommonPrefixLength(last);
            (_shared[i], _restLengths[i]) = (shared, text.Length - shared);
            _rests.Write(text[shared..]);
            last = text;
            texts = texts[text.Length..];
        }
        DeltaBinaryPacked.Write<int>(_body, _shared.AsSpan(0, lengths.Length));
        WriteLengthsAndTexts(_restLengths.AsSpan(0, lengths.Length), _rests.WrittenSpan);
    }

    private static ValueBounds? Bounds(ReadOnlySpan<int> lengths, ReadOnlySpan<byte> texts)
    {
        var smallest = texts[..lengths[0]];
        var largest = smallest;
        foreach (var length in lengths)
        {
            var text = texts[..length];
            if (text.SequenceCompareTo(smallest) < 0)
                smallest = text;
            if (text.SequenceCompareTo(largest) > 0)
                largest = text;
            texts = texts[length..];
        }
        return ValueBounds.OfTexts(smallest, largest);
    }
}
