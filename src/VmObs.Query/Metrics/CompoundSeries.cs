using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Ports;

namespace VmObs.Query.Metrics;

/// <summary>The series of a histogram or summary, put together by the labels that its parts share: as many label sets, from the smallest on, as may be
/// held.</summary>
/// <param name="from">Label sets below this one were written; null for none.</param>
/// <param name="maxSamples">How many samples may be held; one label set's may be more.</param>
internal sealed class CompoundSeries(byte[]? from, int maxSamples)
{
    /// <summary>What a sample takes in memory.</summary>
    private const int SampleBytes = 16;

    private static readonly Comparer<byte[]> s_order = Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right));

    private readonly SortedDictionary<byte[], CompoundGroup> _groups = new(s_order);
    private long _samples;

    /// <summary>What is held, in order.</summary>
    public IEnumerable<CompoundGroup> Groups => _groups.Values;

    /// <summary>The first label set that was not held, from which to go on; null when all were.</summary>
    public byte[]? Left { get; private set; }

    /// <summary>Takes a series, where its label set is to be held.</summary>
    public void Add(SeriesSamples series, QueryBudget budget)
    {
        var shared = SharedLabels(series.Key.Span);
        if ((from is not null && s_order.Compare(shared, from) < 0) || (Left is not null && s_order.Compare(shared, Left) >= 0))
            return;
        if (!_groups.TryGetValue(shared, out var group))
            _groups.Add(shared, group = new CompoundGroup());
        group.Add(series);
        Charge(series.Values.Length, budget);
        while (_samples > maxSamples && _groups.Count > 1)
        {
            Left = _groups.Keys.Last();
            Charge(-_groups[Left].Samples, budget);
            _groups.Remove(Left);
        }
    }

    /// <summary>Gives back what was held.</summary>
    public void Release(QueryBudget budget) => Charge(-_samples, budget);

    private void Charge(long samples, QueryBudget budget)
    {
        _samples += samples;
        if (samples > 0)
            budget.Hold(samples * SampleBytes);
        else
            budget.Release(-samples * SampleBytes);
    }

    private static byte[] SharedLabels(ReadOnlySpan<byte> key)
    {
        using var builder = new LabelKeyBuilder();
        var labels = new LabelKeyReader(key);
        while (labels.Next())
        {
            if (!labels.Name.SequenceEqual("__name__"u8) && !labels.Name.SequenceEqual("le"u8) && !labels.Name.SequenceEqual("quantile"u8))
                builder.Set(labels.Name, labels.Value);
        }
        using var shared = new PooledBuffer(256);
        builder.WriteTo(shared);
        return shared.WrittenSpan.ToArray();
    }
}
