using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A column of texts of a row group as numbers: rows of one text have the same. Immutable.</summary>
/// <remarks>Two bytes a row and each text once. A row group has fewer rows than two bytes have numbers.</remarks>
internal sealed class TextCodes
{
    private readonly byte[][] _texts;
    private readonly ushort[] _codes;

    private TextCodes(byte[][] texts, ushort[] codes) => (_texts, _codes) = (texts, codes);

    /// <summary>The rows' numbers.</summary>
    public ReadOnlySpan<ushort> Codes => _codes;

    /// <summary>Bytes that it holds.</summary>
    public long HeldBytes => 100 + (_codes.Length * (long)sizeof(ushort)) + _texts.Sum(static text => text.Length + 32L);

    /// <summary>Numbers the texts of rows.</summary>
    /// <param name="texts">The rows' texts; a row without one counts as empty.</param>
    /// <param name="rows">How many rows: at most those of a row group.</param>
    public static TextCodes Of(TextRows texts, int rows)
    {
        using var distinct = new TextDictionary();
        var codes = new ushort[rows];
        // By the column's own number of a text, which may be one of several that the text has.
        var codeOf = new int[texts.Count + 1];
        var row = 0;
        foreach (var run in texts.Runs)
        {
            ref var code = ref codeOf[run.Text + 1];
            if (code == 0)
                code = distinct.IndexOf(texts[run.Text]) + 1;
            var number = checked((ushort)(code - 1));
            for (var end = row + run.Rows; row < end; row++)
                codes[row] = number;
        }
        var found = new byte[distinct.Count][];
        for (var i = 0; i < found.Length; i++)
            found[i] = distinct[i].ToArray();
        return new TextCodes(found, codes);
    }

    /// <summary>The number of a text; below zero where no row has it.</summary>
    public int Find(ReadOnlySpan<byte> text)
    {
        for (var code = 0; code < _texts.Length; code++)
        {
            if (text.SequenceEqual(_texts[code]))
                return code;
        }
        return -1;
    }
}
