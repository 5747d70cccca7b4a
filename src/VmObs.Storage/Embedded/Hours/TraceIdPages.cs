using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Finds the rows of a trace in a row group by the page index of the ids: of the column one page is read, seldom two.</summary>
/// <remarks>
/// Not thread-safe. The page index has no checksum, so it only says where to look. What counts is what lies there: pages have CRCs and ids ascend, so
/// that a page with the id, or with ids before and behind it, leaves no doubt.
/// </remarks>
internal sealed class TraceIdPages(ParquetFile file) : IDisposable
{
    private const int Column = TraceColumns.TraceIdIndex;

    private readonly TextRows _ids = new();
    private PageStart[] _pages = [];
    private int _group;

    /// <summary>Looks for a trace.</summary>
    /// <param name="group">The row group.</param>
    /// <param name="id">The trace's id as it stands in the file.</param>
    /// <param name="rows">Its rows; null where it has none.</param>
    /// <returns>Whether that is certain; else the whole column must be read.</returns>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public bool TryFind(int group, byte[] id, out RowRange? rows)
    {
        rows = null;
        (_group, _pages) = (group, file.Reader.ReadPageStarts(group, Column));
        if (_pages.Length == 0)
            return false;
        var at = Math.Max(0, Array.FindLastIndex(_pages, page => page.Smallest.AsSpan().SequenceCompareTo(id) <= 0));
        var (order, found) = Look(at, id);
        if (order < 0)
            return at == 0;
        if (order > 0)
            return at + 1 == _pages.Length || Look(at + 1, id).Order < 0;
        rows = found is { } here ? Extend(here, at, id) : null;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _ids.Dispose();

    // A large trace has rows in pages beside.
    private RowRange Extend(RowRange rows, int at, byte[] id)
    {
        var (first, end) = (rows.First, rows.End);
        for (var page = at; page > 0 && first == _pages[page].FirstRow && Look(page - 1, id).Rows is { } before; page--)
            first = before.First;
        for (var page = at; page + 1 < _pages.Length && end == _pages[page + 1].FirstRow && Look(page + 1, id).Rows is { } behind; page++)
            end = behind.End;
        return new RowRange(first, end - first);
    }

    /// <summary>Reads a page.</summary>
    /// <returns>Whether the id comes before the page's ids (below zero), behind them, or would stand among them; and its rows.</returns>
    private (int Order, RowRange? Rows) Look(int page, byte[] id)
    {
        var row = _pages[page].FirstRow;
        var end = page + 1 < _pages.Length ? _pages[page + 1].FirstRow : file.RowGroups[_group].Rows;
        file.Reader.ReadTexts(_group, Column, row, end - row, _ids);
        var runs = _ids.Runs;
        if (_ids[runs[0].Text].SequenceCompareTo(id) > 0)
            return (-1, null);
        if (_ids[runs[^1].Text].SequenceCompareTo(id) < 0)
            return (1, null);
        var rows = 0;
        foreach (var run in runs)
        {
            if (_ids[run.Text].SequenceEqual(id))
                rows += run.Rows;
            else if (rows == 0)
                row += run.Rows;
        }
        return (0, rows > 0 ? new RowRange(row, rows) : null);
    }
}
