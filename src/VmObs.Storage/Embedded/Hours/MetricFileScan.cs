using VmObs.Signals.Ports;
using VmObs.Storage.Disk;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads the series of a metric file that a query wants, row group by row group.</summary>
/// <remarks>
/// Not thread-safe. The file stays the caller's to dispose. In memory are a window of rows, at most <see cref="MaxWindowRows"/> or one series, which is
/// charged to the query's budget, and a row group's series.
/// </remarks>
internal sealed class MetricFileScan : IDisposable
{
    private readonly ParquetFile _file;
    private readonly MetricRowGroups _groups;
    private readonly MetricSelection _selection;
    private long _charged;

    /// <summary>Takes a file whose footer was read.</summary>
    public MetricFileScan(DiskFile file, FileMetadata metadata, MetricSelection selection)
    {
        _file = new ParquetFile(file, metadata);
        _groups = new MetricRowGroups(_file);
        _selection = selection;
    }

    /// <summary>Whether the columns that repeat labels are compared with them.</summary>
    public bool ChecksCopies { get; init; }

    /// <summary>How many rows are read at once.</summary>
    public int MaxWindowRows { get; init; } = ParquetTable.RowGroupRows;

    /// <summary>Where the series of a row group are kept; called with what reads them.</summary>
    public Func<int, Func<SeriesDirectory>, SeriesDirectory> Directory { get; init; } = static (_, read) => read();

    /// <summary>The wanted series in order of their keys, with their samples of the range; none that has no sample of it.</summary>
    /// <exception cref="DamagedFileException">The file is not what was written.</exception>
    public IEnumerable<SeriesSamples> Read(CancellationToken cancellationToken)
    {
        // A series may go on in the next row group, so the last one of each waits for it.
        PartialSeries? open = null;
        for (var group = 0; group < _groups.All.Count; group++)
        {
            if (!_selection.MayMatch(_groups.All[group]))
                continue;
            var wanted = Wanted(group);
            for (var next = 0; next < wanted.Count;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var count = CountOfWindow(wanted, next);
                using var window = ReadWindow(group, wanted[next], wanted[next + count - 1]);
                for (var end = next + count; next < end; next++)
                {
                    if (open?.GoesOnIn(wanted[next]) != true)
                    {
                        if (open is { IsWanted: true })
                            yield return open.ToSamples();
                        open = new PartialSeries(wanted[next]);
                    }
                    window.AddTo(open, wanted[next], _selection.Range);
                }
            }
        }
        if (open is { IsWanted: true })
            yield return open.ToSamples();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _groups.Dispose();
        _file.Dispose();
    }

    private List<SeriesPlace> Wanted(int group)
    {
        var directory = Directory(group, () => _groups.ReadSeries(group));
        if (ChecksCopies)
            _groups.CheckCopies(group, directory.Places);
        Charge();
        var wanted = new List<SeriesPlace>();
        foreach (var place in directory.Places)
        {
            if (_selection.Matches(place.Key))
                wanted.Add(place);
        }
        return wanted;
    }

    private int CountOfWindow(List<SeriesPlace> wanted, int first)
    {
        var last = first + 1;
        while (last < wanted.Count && wanted[last].FirstRow + wanted[last].Rows - wanted[first].FirstRow <= MaxWindowRows)
            last++;
        return last - first;
    }

    private RowWindow ReadWindow(int group, SeriesPlace first, SeriesPlace last)
    {
        var rows = last.FirstRow + last.Rows - first.FirstRow;
        // Which series there are is known by now; where all their times are wanted nothing is left to read.
        var window = _selection.WithSamples ? RowWindow.OfSamples(_groups, group, first.FirstRow, rows, _selection)
            : _selection.IsWithinRange(_groups.All[group]) ? RowWindow.OfNothing()
            : RowWindow.OfTimes(_groups, group, first.FirstRow, rows, _selection);
        Charge();
        return window;
    }

    private void Charge()
    {
        _selection.Budget.Read(_groups.BytesRead - _charged);
        _charged = _groups.BytesRead;
    }
}
