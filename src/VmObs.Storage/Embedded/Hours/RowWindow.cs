using System.Buffers;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Some rows of a row group as a query needs them: samples, or times alone.</summary>
/// <remarks>Its memory is pooled and charged to the query's budget until it is disposed.</remarks>
internal sealed class RowWindow : IDisposable
{
    private readonly int _firstRow;
    private readonly int _rows;
    private readonly QueryBudget _budget;
    private readonly long[] _times;
    private readonly double[]? _values;
    private List<SampleDetail> _details = [];

    private RowWindow(int firstRow, int rows, bool withValues, QueryBudget budget)
    {
        (_firstRow, _rows, _budget) = (firstRow, rows, budget);
        budget.Hold(BytesOf(rows, withValues));
        _times = ArrayPool<long>.Shared.Rent(rows);
        _values = withValues ? ArrayPool<double>.Shared.Rent(rows) : null;
    }

    /// <summary>Reads times.</summary>
    public static RowWindow OfTimes(MetricRowGroups groups, int group, int firstRow, int rows, MetricSelection selection) =>
        Fill(new RowWindow(firstRow, rows, withValues: false, selection.Budget), window => groups.ReadTimes(group, firstRow, window._times.AsMemory(0, rows)));

    /// <summary>Reads samples, and their details where they are wanted.</summary>
    public static RowWindow OfSamples(MetricRowGroups groups, int group, int firstRow, int rows, MetricSelection selection) =>
        Fill(new RowWindow(firstRow, rows, withValues: true, selection.Budget), window =>
        {
            groups.ReadSamples(group, firstRow, window._times.AsMemory(0, rows), window._values.AsMemory(0, rows));
            if (selection.WithDetails)
                window._details = groups.ReadDetails(group, firstRow, rows);
        });

    /// <summary>Which rows of a series lie in a time range.</summary>
    /// <returns>The first of them and the one behind the last, as the row group counts rows; From is not less than To where there are none.</returns>
    public (int From, int To) Find(SeriesPlace place, (long From, long To) range)
    {
        var times = _times.AsSpan(place.FirstRow - _firstRow, place.Rows);
        return (place.FirstRow + LowerBound(times, range.From), place.FirstRow + (range.To == long.MaxValue ? times.Length : LowerBound(times, range.To)));
    }

    /// <summary>A sample.</summary>
    /// <param name="row">Its row in the row group; one of the window's, which has samples.</param>
    public (long UnixNanos, double Value) At(int row) => (_times[row - _firstRow], _values![row - _firstRow]);

    /// <summary>Adds what a time range has of a series; the window has samples.</summary>
    public void AddTo(PartialSeries series, SeriesPlace place, (long From, long To) range)
    {
        var (from, to) = Find(place, range);
        if (from < to)
            series.Add(_times.AsSpan(from - _firstRow, to - from), _values.AsSpan(from - _firstRow, to - from), _details, from - _firstRow);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _budget.Release(BytesOf(_rows, _values is not null));
        ArrayPool<long>.Shared.Return(_times);
        if (_values is not null)
            ArrayPool<double>.Shared.Return(_values);
    }

    private static long BytesOf(int rows, bool withValues) => rows * (long)(sizeof(long) + (withValues ? sizeof(double) : 0));

    private static RowWindow Fill(RowWindow window, Action<RowWindow> read)
    {
        try
        {
            read(window);
            return window;
        }
        catch
        {
            window.Dispose();
            throw;
        }
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
