using System.Text;

namespace VmObs.Cli.Output;

/// <summary>Writes a table for people as its rows come: columns are as wide as the first screenful needs, a longer cell later on moves its row alone.</summary>
/// <remarks>Not thread-safe. Holds a screenful, then nothing. Whatever comes from data is made plain, so that it cannot act on the terminal.</remarks>
internal sealed class TableWriter(Terminal terminal, params IReadOnlyList<string> heads)
{
    private const string Gap = "  ";
    // What is written to a file is seen whole: more rows may have their say.
    private const int PipedHeldRows = 200;

    private readonly int _heldRows = terminal.IsPiped ? PipedHeldRows : Math.Max(1, terminal.Screen().Height - 1);
    private readonly List<(string Text, CellStyle Style)[]> _held = [];
    private readonly StringBuilder _line = new();
    private int[]? _widths;

    /// <summary>Takes a row; cells beyond the heads have none.</summary>
    public ValueTask AddAsync(params (string Text, CellStyle Style)[] cells)
    {
        for (var i = 0; i < cells.Length; i++)
            cells[i].Text = Terminal.Plain(cells[i].Text);
        if (_widths is not null)
            return WriteRowAsync(cells);
        _held.Add(cells);
        return _held.Count < _heldRows ? ValueTask.CompletedTask : SettleAsync();
    }

    /// <summary>Takes a row that is painted plainly.</summary>
    public ValueTask AddAsync(params IEnumerable<string> cells) => AddAsync([.. cells.Select(static cell => (cell, CellStyle.Plain))]);

    /// <summary>Shows the rows so far.</summary>
    public async ValueTask FlushAsync()
    {
        if (_held.Count > 0)
            await SettleAsync();
        await terminal.Out.FlushAsync();
    }

    /// <summary>Widths are now known: the head and the rows that waited for them.</summary>
    private async ValueTask SettleAsync()
    {
        _widths = [.. heads.Select((head, column) => Math.Max(head.Length, _held.Max(row => column < row.Length ? row[column].Text.Length : 0)))];
        await WriteRowAsync([.. heads.Select(static head => (head, CellStyle.Bold))]);
        foreach (var row in _held)
            await WriteRowAsync(row);
        _held.Clear();
    }

    private async ValueTask WriteRowAsync((string Text, CellStyle Style)[] cells)
    {
        _line.Clear();
        // Cells at the end that say nothing leave no blanks.
        var count = cells.Length;
        while (count > 0 && cells[count - 1].Text.Length == 0)
            count--;
        for (var i = 0; i < count; i++)
        {
            var (text, style) = cells[i];
            _line.Append(terminal.Paint(text, style));
            if (i < count - 1)
                _line.Append(' ', Math.Max(0, (i < _widths!.Length ? _widths[i] : 0) - text.Length)).Append(Gap);
        }
        await terminal.Out.WriteLineAsync(_line.ToString());
    }
}
