using System.Buffers;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Some rows of a row group as a query needs them: samples, or times alone, or nothing but that they are there.</summary>
/// <remarks>Its memory is pooled and charged to the query's budget until it is disposed.</remarks>
internal sealed class RowWindow : IDisposable
{
    private readonly int _firstRow;
    private readonly int _rows;
    private readonly QueryBudget? _budget;
    private readonly long[]? _times;
    private readonly double[]? _values;
    private List<SampleDetail> _details = [];

    private RowWindow(int firstRow, int rows, bool withValues, QueryBudget? budget)
    {
        (_firstRow, _rows) = (firstRow, rows);
        if (rows == 0)
            return;
        budget?.Hold(BytesOf(rows, withValues));
        _budget = budget;
        _times = ArrayPool<long>.Shared.Rent(rows);
        _values = withValues ? ArrayPool<double>.Shared.Rent(rows) : null;
    }

    /// <summary>No rows are read: all of them are in the range, and no samples are wanted.</summary>
    public static RowWindow OfNothing() => new(0, 0, withValues: false, null);

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

    /// <summary>Adds what a time range has of a series.</summary>
    public void AddTo(PartialSeries series, SeriesPlace place, (long From, long To) range)
    {
        if (_times is null)
        {
            series.IsWanted = true;
            return;
        }
        var start = place.FirstRow - _firstRow;
        var times = _times.AsSpan(start, place.Rows);
        var (from, to) = (LowerBound(times, range.From), range.To == long.MaxValue ? times.Length : LowerBound(times, range.To));
        if (from >= to)
            return;
        series.IsWanted = true;
        if (_values is not null)
            series.Add(times[from..to], _values.AsSpan(start + from, to - from), _details, start + from);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_times is null)
            return;
        _budget?.Release(BytesOf(_rows, _values is not null));
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
