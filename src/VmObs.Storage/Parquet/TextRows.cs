using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Rows of a column of texts as they were read: the texts, and which rows have which. Whoever creates it disposes it.</summary>
/// <remarks>
/// Not thread-safe; <see cref="ParquetReader"/> fills it anew. Of a dictionary each text stands once, so that what is asked of a text is
/// asked once, not a row; so does one that is written as the same as the one before it; other texts
/// stand as often as they come.
/// </remarks>
internal sealed class TextRows : IDisposable
{
    /// <summary>Row groups close when their texts come to 16 MiB; beyond this they are no writer's.</summary>
    private const int MaxBytes = 256 * 1024 * 1024;

    private readonly PooledBuffer _bytes = new();
    private Place[] _places = new Place[256];
    private TextRun[] _runs = new TextRun[256];
    private int _runCount;

    /// <summary>Number of texts, used by rows or not.</summary>
    public int Count { get; private set; }

    /// <summary>The rows, run by run.</summary>
    public ReadOnlySpan<TextRun> Runs => _runs.AsSpan(0, _runCount);

    /// <summary>A text by its number; empty for <see cref="TextRun.None"/>. Valid until the next rows are read.</summary>
    public ReadOnlySpan<byte> this[int text] => text < 0 ? default : _bytes.Slice(_places[text].Offset, _places[text].Length);

    /// <summary>Walks over the rows one by one.</summary>
    public Cursor Rows() => new(this);

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    /// <summary>Forgets everything.</summary>
    internal void Clear()
    {
        _bytes.Clear();
        (Count, _runCount) = (0, 0);
    }

    /// <summary>Adds a text.</summary>
    /// <returns>Its number.</returns>
    internal int Add(ReadOnlySpan<byte> text)
    {
        if (text.Length > MaxBytes - _bytes.Length)
            throw new InvalidDataException($"texts of more than {MaxBytes} bytes");
        if (Count == _places.Length)
            Array.Resize(ref _places, Count * 2);
        _places[Count] = new Place(_bytes.Length, text.Length);
        _bytes.Write(text);
        return Count++;
    }

    /// <summary>Adds rows of a text.</summary>
    internal void AddRows(int text, int rows)
    {
        if (_runCount > 0 && _runs[_runCount - 1].Text == text)
        {
            _runs[_runCount - 1] = new TextRun(text, _runs[_runCount - 1].Rows + rows);
            return;
        }
        if (_runCount == _runs.Length)
            Array.Resize(ref _runs, _runCount * 2);
        _runs[_runCount++] = new TextRun(text, rows);
    }

    private readonly record struct Place(int Offset, int Length);

    /// <summary>Stands at a row; before the first one at the start.</summary>
    public struct Cursor(TextRows rows)
    {
        private int _run = -1;
        private int _left;

        /// <summary>The number of the row's text.</summary>
        public int Text { get; private set; }

        /// <summary>The row's text; empty where it has none.</summary>
        public readonly ReadOnlySpan<byte> Bytes => rows[Text];

        /// <summary>Moves to the next row; there must be one.</summary>
        public void Next()
        {
            if (_left == 0)
                (Text, _left) = (rows._runs[++_run].Text, rows._runs[_run].Rows);
            _left--;
        }
    }
}
