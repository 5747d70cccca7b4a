using VmObs.Signals;
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

    /// <summary>Where the last samples of a row group's series are kept; called with what reads them.</summary>
    public Func<int, Func<LastSamples>, LastSamples> Ends { get; init; } = static (_, read) => read();

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
                        if (open is { HasSamples: true })
                            yield return open.ToSamples();
                        open = new PartialSeries(wanted[next]);
                    }
                    window.AddTo(open, wanted[next], _selection.Range);
                }
            }
        }
        if (open is { HasSamples: true })
            yield return open.ToSamples();
    }

    /// <summary>The same, told in short: samples are read for rows of row groups that reach beyond the range, and for the last one of a series once
    /// somebody wants it, which is possible until the next part is asked for.</summary>
    /// <param name="hour">The file's hour.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DamagedFileException">The file is not what was written.</exception>
    public IEnumerable<SeriesPart> ReadOutline(HourId hour, CancellationToken cancellationToken)
    {
        SeriesPart? open = null;
        for (var group = 0; group < _groups.All.Count; group++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!_selection.MayMatch(_groups.All[group]))
                continue;
            foreach (var part in PartsOf(group, hour))
            {
                if (open is { } before && before.GoesOnIn(part))
                {
                    open = part with { Samples = before.Samples + part.Samples };
                    continue;
                }
                if (open is { } whole)
                    yield return whole;
                open = part;
            }
        }
        if (open is { } last)
            yield return last;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _groups.Dispose();
        _file.Dispose();
    }

    private SeriesDirectory DirectoryOf(int group)
    {
        var directory = Directory(group, () => _groups.ReadSeries(group));
        if (ChecksCopies)
            _groups.CheckCopies(group, directory.Places);
        Charge();
        return directory;
    }

    private List<SeriesPlace> Wanted(int group)
    {
        var directory = DirectoryOf(group);
        return directory.Find(_selection).ConvertAll(number => directory.Places[number]);
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
        var window = RowWindow.OfSamples(_groups, group, first.FirstRow, rows, _selection);
        Charge();
        return window;
    }

    private IEnumerable<SeriesPart> PartsOf(int group, HourId hour)
    {
        var directory = DirectoryOf(group);
        var places = directory.Places;
        if (_selection.IsWithinRange(_groups.All[group]))
        {
            // Which series there are is known by now; where all their samples are wanted nothing is left to count.
            var ends = EndsOf(group, places);
            foreach (var i in directory.Find(_selection))
                yield return new SeriesPart(places[i].Key, places[i].Kind, places[i].Unit, places[i].Rows, hour, ends, i);
            yield break;
        }
        var found = RowsInRange(group, directory);
        var lastOnes = _selection.IsBeforeEnd(_groups.All[group]) ? null : new Lazy<LastSamples>(() => ReadSamples(group, [.. found.Select(static rows => rows.Last)]), isThreadSafe: false);
        var endsOfAll = EndsOf(group, places);
        for (var i = 0; i < found.Count; i++)
        {
            var place = places[found[i].Place];
            yield return new SeriesPart(place.Key, place.Kind, place.Unit, found[i].Rows, hour, lastOnes ?? endsOfAll, lastOnes is null ? found[i].Place : i);
        }
    }

    private Lazy<LastSamples> EndsOf(int group, IReadOnlyList<SeriesPlace> places) =>
        new(() => Ends(group, () => ReadSamples(group, [.. places.Select(static place => place.FirstRow + place.Rows - 1)])), isThreadSafe: false);

    /// <summary>Of a row group that reaches beyond the range the wanted series with rows in it: how many, and the last one.</summary>
    private List<(int Place, int Rows, int Last)> RowsInRange(int group, SeriesDirectory directory)
    {
        var found = new List<(int Place, int Rows, int Last)>();
        var (places, wanted) = (directory.Places, directory.Find(_selection));
        if (wanted.Count == 0)
            return found;
        var (first, last) = (places[wanted[0]], places[wanted[^1]]);
        using var window = RowWindow.OfTimes(_groups, group, first.FirstRow, last.FirstRow + last.Rows - first.FirstRow, _selection);
        Charge();
        foreach (var place in wanted)
        {
            var (from, to) = window.Find(places[place], _selection.Range);
            if (from < to)
                found.Add((place, to - from, to - 1));
        }
        return found;
    }

    /// <summary>Reads some rows' samples.</summary>
    /// <param name="group">The row group.</param>
    /// <param name="rows">Their numbers, ascending; at least one.</param>
    private LastSamples ReadSamples(int group, int[] rows)
    {
        using var window = RowWindow.OfSamples(_groups, group, rows[0], rows[^1] + 1 - rows[0], _selection);
        Charge();
        var (times, values) = (new long[rows.Length], new double[rows.Length]);
        for (var i = 0; i < rows.Length; i++)
            (times[i], values[i]) = window.At(rows[i]);
        return new LastSamples(times, values);
    }

    private void Charge()
    {
        _selection.Budget.Read(_groups.BytesRead - _charged);
        _charged = _groups.BytesRead;
    }
}
