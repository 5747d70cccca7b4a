using System.Buffers;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads metric files. Format: docs/format/metrics.md.</summary>
internal static class MetricFileReader
{
    private static readonly MetricQuery s_all = new(long.MinValue, long.MaxValue, []) { WithDetails = true };

    /// <summary>All series of the file with all their samples, in order of their keys.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static IEnumerable<SeriesSamples> ReadAll(DiskFile file)
    {
        using var opened = ParquetFile.Open(file, MetricColumns.Formats);
        foreach (var series in Read(opened, new MetricSelection(s_all), checksCopies: true))
            yield return series;
    }

    /// <summary>The series that the query names, with their samples of its range, in order of their keys; none without samples.</summary>
    /// <remarks>Row groups whose statistics exclude the query are not read, and of the others only the rows asked for.</remarks>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static IEnumerable<SeriesSamples> Select(DiskFile file, MetricQuery query)
    {
        using var opened = ParquetFile.Open(file, MetricColumns.Formats);
        foreach (var series in Read(opened, new MetricSelection(query), checksCopies: false))
            yield return series;
    }

    /// <summary>Reads everything and computes what its receipt says.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static MetricFileCheck Verify(DiskFile file)
    {
        using var verification = new MetricFileVerification(file.Path);
        foreach (var series in ReadAll(file))
            verification.Series(series);
        return verification.ToCheck();
    }

    private static IEnumerable<SeriesSamples> Read(ParquetFile file, MetricSelection selection, bool checksCopies)
    {
        using var groups = new MetricRowGroups(file);
        // A series may go on in the next row group, so the last one of each waits for it.
        PartialSeries? open = null;
        for (var group = 0; group < groups.All.Count; group++)
        {
            if (!selection.MayMatch(groups.All[group]))
                continue;
            var places = groups.ReadSeries(group);
            if (checksCopies)
                groups.CheckCopies(group, places);
            if (!selection.IsOfAllSeries)
                places = Array.FindAll(places, place => selection.Matches(place.Key));
            if (places.Length == 0)
                continue;
            using var window = RowWindow.Read(groups, group, places[0].FirstRow, places[^1].FirstRow + places[^1].Rows, selection.WithDetails);
            foreach (var place in places)
            {
                if (open?.GoesOnIn(place) != true)
                {
                    if (open is { IsEmpty: false })
                        yield return open.ToSamples();
                    open = new PartialSeries(place);
                }
                window.AddTo(open, place, selection.Range);
            }
        }
        if (open is { IsEmpty: false })
            yield return open.ToSamples();
    }

    /// <summary>Samples of some rows of a row group.</summary>
    private sealed class RowWindow : IDisposable
    {
        private readonly int _firstRow;
        private readonly long[] _times;
        private readonly double[] _values;
        private readonly List<SampleDetail> _details;

        private RowWindow(int firstRow, long[] times, double[] values, List<SampleDetail> details) => (_firstRow, _times, _values, _details) = (firstRow, times, values, details);

        public static RowWindow Read(MetricRowGroups groups, int group, int firstRow, int endRow, bool withDetails)
        {
            var rows = endRow - firstRow;
            var window = new RowWindow(
                firstRow, ArrayPool<long>.Shared.Rent(rows), ArrayPool<double>.Shared.Rent(rows), withDetails ? groups.ReadDetails(group, firstRow, rows) : []);
            try
            {
                groups.ReadSamples(group, firstRow, window._times.AsMemory(0, rows), window._values.AsMemory(0, rows));
                return window;
            }
            catch
            {
                window.Dispose();
                throw;
            }
        }

        /// <summary>Adds a series' samples of a time range.</summary>
        public void AddTo(PartialSeries series, SeriesPlace place, (long From, long To) range)
        {
            var start = place.FirstRow - _firstRow;
            var times = _times.AsSpan(start, place.Rows);
            var (from, to) = (LowerBound(times, range.From), range.To == long.MaxValue ? times.Length : LowerBound(times, range.To));
            if (from < to)
                series.Add(times[from..to], _values.AsSpan(start + from, to - from), _details, start + from);
        }

        public void Dispose()
        {
            ArrayPool<long>.Shared.Return(_times);
            ArrayPool<double>.Shared.Return(_values);
        }

        private static int LowerBound(ReadOnlySpan<long> ascending, long value)
        {
            var (low, high) = (0, ascending.Length);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = ascending[middle] < value ? (middle + 1, high) : (low, middle);
            }
            return low;
        }
    }
}
