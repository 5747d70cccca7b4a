using System.Buffers.Binary;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Reads the rows of a page of texts, in any of the encodings in which they are written.</summary>
/// <remarks>Not thread-safe; keeps its memory for the next page. Nothing is taken for a length before it was compared with what is there.</remarks>
internal sealed class TextDecoder : IDisposable
{
    private readonly List<TextRun> _levels = [];
    private readonly PooledBuffer _text = new();
    private int[] _lengths = [];
    private int[] _shared = [];
    private int _dictionary;

    /// <summary>Begins a chunk: its dictionary, where it has one, is read with its first page that needs it.</summary>
    public void Begin() => _dictionary = -1;

    /// <summary>Adds the wanted rows of the current page.</summary>
    /// <exception cref="InvalidDataException">The page is not what was written.</exception>
    public void Read(ChunkPages page, bool isOptional, TextRows into)
    {
        var body = page.Body;
        var (skipped, taken, values) = isOptional ? ReadLevels(ref body, page) : NoLevels(page);
        switch (page.Encoding)
        {
            case ParquetEncoding.RleDictionary or ParquetEncoding.PlainDictionary:
                ReadIndices(page, body, skipped, into);
                return;
            case ParquetEncoding.Plain:
                var first = into.Count;
                ReadPlain(body, values, skipped, taken, into);
                AddRows(first, into);
                return;
            case ParquetEncoding.DeltaLengthByteArray:
                first = into.Count;
                ReadLengthsAndTexts(body, values, skipped, taken, into);
                AddRows(first, into);
                return;
            case ParquetEncoding.DeltaByteArray:
                ReadPrefixes(body, values, skipped, taken, into, isRequired: !isOptional);
                return;
            default:
                throw new InvalidDataException($"texts in encoding {(int)page.Encoding}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    private (int Skipped, int Taken, int Values) NoLevels(ChunkPages page)
    {
        _levels.Clear();
        _levels.Add(new TextRun(0, page.Take));
        return (page.Skip, page.Take, page.Rows);
    }

    /// <summary>Reads which rows have a text.</summary>
    /// <returns>How many texts stand before those wanted, how many are wanted, how many there are.</returns>
    private (int Skipped, int Taken, int Values) ReadLevels(ref ReadOnlySpan<byte> body, ChunkPages page)
    {
        var length = body.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(body);
        if (length < 0 || length > body.Length - sizeof(int))
            throw new InvalidDataException($"definition levels of {length} bytes in a page of {body.Length}");
        var levels = new RleBitPackedDecoder(body.Slice(sizeof(int), length), 1);
        body = body[(sizeof(int) + length)..];
        _levels.Clear();
        var (skipped, taken, values) = (0, 0, 0);
        for (var row = 0; row < page.Rows;)
        {
            // Runs end where the wanted rows begin and end.
            var border = row < page.Skip ? page.Skip : row < page.Skip + page.Take ? page.Skip + page.Take : page.Rows;
            var count = levels.Next(border - row, out var level);
            if (level != 0)
                values += count;
            if (row < page.Skip)
            {
                skipped += level != 0 ? count : 0;
            }
            else if (row < page.Skip + page.Take)
            {
                taken += level != 0 ? count : 0;
                _levels.Add(new TextRun(level != 0 ? 0 : TextRun.None, count));
            }
            row += count;
        }
        return (skipped, taken, values);
    }

    // Each row that has a text has the next one.
    private void AddRows(int first, TextRows into)
    {
        foreach (var (text, rows) in _levels)
        {
            if (text == TextRun.None)
            {
                into.AddRows(TextRun.None, rows);
                continue;
            }
            for (var row = 0; row < rows; row++)
                into.AddRows(first++, 1);
        }
    }

    private void ReadIndices(ChunkPages page, ReadOnlySpan<byte> body, int skipped, TextRows into)
    {
        if (_dictionary < 0)
        {
            _dictionary = into.Count;
            ReadPlain(page.Dictionary, page.DictionaryEntries, 0, page.DictionaryEntries, into);
        }
        if (body.IsEmpty)
            throw new InvalidDataException("indices without their width");
        var indices = new RleBitPackedDecoder(body[1..], body[0]);
        indices.Skip(skipped);
        foreach (var (text, rows) in _levels)
        {
            if (text == TextRun.None)
            {
                into.AddRows(TextRun.None, rows);
                continue;
            }
            for (var left = rows; left > 0;)
            {
                var count = indices.Next(left, out var index);
                if (index >= (uint)page.DictionaryEntries)
                    throw new InvalidDataException($"text {index} of a dictionary of {page.DictionaryEntries}");
                into.AddRows(_dictionary + (int)index, count);
                left -= count;
            }
        }
    }

    private static void ReadPlain(ReadOnlySpan<byte> body, int values, int skipped, int taken, TextRows into)
    {
        for (var i = 0; i < values; i++)
        {
            var length = body.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(body);
            if (length < 0 || length > body.Length - sizeof(int))
                throw new InvalidDataException($"text {i} of {values} with {length} bytes where {body.Length} are left");
            if (i >= skipped && i < skipped + taken)
                into.Add(body.Slice(sizeof(int), length));
            body = body[(sizeof(int) + length)..];
        }
        CheckEnd(body);
    }

    private void ReadLengthsAndTexts(ReadOnlySpan<byte> body, int values, int skipped, int taken, TextRows into)
    {
        foreach (var length in ReadNumbers(ref body, values, ref _lengths))
        {
            var text = Take(ref body, length);
            if (skipped-- <= 0 && taken-- > 0)
                into.Add(text);
        }
        CheckEnd(body);
    }

    // Of a sorted column most texts are the one before them: in a required column such rows are one run.
    private void ReadPrefixes(ReadOnlySpan<byte> body, int values, int skipped, int taken, TextRows into, bool isRequired)
    {
        var (first, end) = (into.Count, skipped + taken);
        var shared = ReadNumbers(ref body, values, ref _shared);
        var rests = ReadNumbers(ref body, values, ref _lengths);
        _text.Clear();
        for (int i = 0, next; i < values; i = next)
        {
            if (shared[i] < 0 || shared[i] > _text.Length)
                throw new InvalidDataException($"{shared[i]} bytes shared with a text of {_text.Length}");
            _text.Truncate(shared[i]);
            _text.Write(Take(ref body, rests[i]));
            next = i + 1;
            while (isRequired && next < values && rests[next] == 0 && shared[next] == _text.Length)
                next++;
            var rows = Math.Min(next, end) - Math.Max(i, skipped);
            if (rows <= 0)
                continue;
            var text = into.Add(_text.WrittenSpan);
            if (isRequired)
                into.AddRows(text, rows);
        }
        CheckEnd(body);
        if (!isRequired)
            AddRows(first, into);
    }

    // As many as the page has rows, which the footer bounds.
    private static ReadOnlySpan<int> ReadNumbers(ref ReadOnlySpan<byte> body, int count, ref int[] numbers)
    {
        if (numbers.Length < count)
            numbers = new int[count];
        DeltaBinaryPacked.Read(ref body, count, 0, numbers.AsSpan(0, count), toEnd: true);
        return numbers.AsSpan(0, count);
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> body, int length)
    {
        if (length < 0 || length > body.Length)
            throw new InvalidDataException($"a text of {length} bytes where {body.Length} are left");
        var text = body[..length];
        body = body[length..];
        return text;
    }

    private static void CheckEnd(ReadOnlySpan<byte> rest)
    {
        if (!rest.IsEmpty)
            throw new InvalidDataException($"{rest.Length} bytes behind the last text");
    }
}
