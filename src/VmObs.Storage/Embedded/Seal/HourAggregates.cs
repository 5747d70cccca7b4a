using System.Text;
using VmObs.Signals.Labels;

namespace VmObs.Storage.Embedded.Seal;

/// <summary>Computes the configured aggregates of a metric hour while its series pass.</summary>
internal sealed class HourAggregates(IReadOnlyList<MetricAggregate> aggregates)
{
    private readonly byte[][] _metrics = [.. aggregates.Select(a => Encoding.UTF8.GetBytes(a.Metric))];
    private readonly double[] _sums = new double[aggregates.Count];
    private readonly double[] _minima = new double[aggregates.Count];
    private readonly double[] _maxima = new double[aggregates.Count];
    private readonly long[] _counts = new long[aggregates.Count];

    /// <summary>Takes a series into account.</summary>
    /// <param name="key">The series' canonical labels.</param>
    /// <param name="values">Its samples in order of time.</param>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<double> values)
    {
        var name = LabelKey.ValueOf(key, "__name__"u8);
        for (var i = 0; i < _metrics.Length; i++)
        {
            if (name.SequenceEqual(_metrics[i]))
                Add(i, values);
        }
    }

    /// <summary>The results in the configured order; null where the hour had no sample.</summary>
    public IReadOnlyList<KeyValuePair<string, double?>> Results() =>
        [.. aggregates.Select((aggregate, i) => KeyValuePair.Create(aggregate.Name, _counts[i] == 0 ? null : (double?)Result(aggregate.Function, i)))];

    private void Add(int index, ReadOnlySpan<double> values)
    {
        var increase = aggregates[index].Function == AggregateFunction.Increase;
        for (var i = 0; i < values.Length; i++)
        {
            // NaN says that there was no value (staleness).
            if (double.IsNaN(values[i]))
                continue;
            if (_counts[index]++ == 0)
                (_minima[index], _maxima[index]) = (values[i], values[i]);
            _minima[index] = Math.Min(_minima[index], values[i]);
            _maxima[index] = Math.Max(_maxima[index], values[i]);
            if (!increase)
                _sums[index] += values[i];
            else if (i > 0 && !double.IsNaN(values[i - 1]))
                _sums[index] += values[i] >= values[i - 1] ? values[i] - values[i - 1] : values[i];
        }
    }

    private double Result(AggregateFunction function, int index) => function switch
    {
        AggregateFunction.Average => _sums[index] / _counts[index],
        AggregateFunction.Minimum => _minima[index],
        AggregateFunction.Maximum => _maxima[index],
        _ => _sums[index],
    };
}
