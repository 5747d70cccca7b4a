using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Wire;

namespace VmObs.Signals.Decoding;

/// <summary>Gives the series of a sender that is bound to a node that node's name.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class BoundSeries(SeriesInterner interner) : IDisposable
{
    /// <summary>Series that are known again; of a sender with more, the rest is looked up by their labels each time.</summary>
    private const int MaxKnown = 100_000;

    private readonly Dictionary<InternedSeries, InternedSeries> _known = new(ReferenceEqualityComparer.Instance);
    private readonly PooledBuffer _node = new(256);
    private readonly PooledBuffer _key = new(1024);
    private readonly LabelKeyBuilder _labels = new();

    /// <summary>Puts the node into each series' labels.</summary>
    public void Bind(MetricBatch batch, ReadOnlySpan<byte> node)
    {
        if (!node.SequenceEqual(_node.WrittenSpan))
        {
            _known.Clear();
            _node.Clear();
            _node.Write(node);
        }
        for (var i = 0; i < batch.SeriesCount; i++)
            batch.Rename(i, Of(batch.Identity(i)));
    }

    public void Dispose()
    {
        _node.Dispose();
        _key.Dispose();
        _labels.Dispose();
    }

    private InternedSeries Of(InternedSeries claimed)
    {
        if (_known.TryGetValue(claimed, out var bound))
            return bound;
        _labels.Clear();
        var labels = new LabelKeyReader(claimed.Key.Span);
        while (labels.Next())
            _labels.Set(labels.Name, labels.Value);
        _labels.Set(ResourceMapping.NodeLabel, _node.WrittenSpan);
        _key.Clear();
        _labels.WriteTo(_key);
        bound = interner.Intern(_key.WrittenSpan);
        if (_known.Count == MaxKnown)
            _known.Clear();
        _known.Add(claimed, bound);
        return bound;
    }
}
