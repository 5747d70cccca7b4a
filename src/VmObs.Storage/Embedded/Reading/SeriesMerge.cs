using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Puts sequences of series, each in ascending order of keys, together into one in which each series stands once.</summary>
/// <remarks>Not thread-safe. Samples of equal times come in the order in which their sequences were added.</remarks>
internal sealed class SeriesMerge : IDisposable
{
    private readonly List<IEnumerator<SeriesSamples>> _sources = [];
    private readonly PriorityQueue<int, (ReadOnlyMemory<byte> Key, int Source)> _next = new(Comparer<(ReadOnlyMemory<byte> Key, int Source)>.Create(Compare));
    private readonly List<SeriesSamples> _parts = [];
    private readonly SampleColumns _joined = new();

    /// <summary>The series, after <see cref="MoveNext"/>.</summary>
    public SeriesSamples Current { get; private set; } = new(default, default, "", default, default);

    /// <summary>Adds a sequence; the merge ends it.</summary>
    public void Add(IEnumerable<SeriesSamples> source)
    {
        _sources.Add(source.GetEnumerator());
        Advance(_sources.Count - 1);
    }

    /// <summary>Moves to the next series; false at the end.</summary>
    public bool MoveNext()
    {
        if (_next.Count == 0)
            return false;
        _parts.Clear();
        do
        {
            var source = _next.Dequeue();
            _parts.Add(_sources[source].Current);
            Advance(source);
        }
        while (_next.TryPeek(out _, out var next) && next.Key.Span.SequenceEqual(_parts[0].Key.Span));
        Current = _parts.Count == 1 || _parts.TrueForAll(static part => part.Values.IsEmpty) ? _parts[0] : Join();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in _sources)
            source.Dispose();
    }

    private void Advance(int source)
    {
        if (_sources[source].MoveNext())
            _next.Enqueue(source, (_sources[source].Current.Key, source));
    }

    // Parts of different hours follow one another; an hour's late batches may lie between its samples.
    private SeriesSamples Join()
    {
        _joined.Clear();
        foreach (var part in _parts)
        {
            var first = _joined.Count;
            var room = _joined.Add(part.Values.Length);
            part.TimestampsUnixNanos.Span.CopyTo(room.Times);
            part.Values.Span.CopyTo(room.Values);
            foreach (var detail in part.Details)
                _joined.AddDetail(first + detail.Sample, detail.Json.Span);
        }
        _joined.Sort();
        return _joined.Copy(_parts[0].Key, new MetricDescription(_parts[0].Kind, _parts[0].Unit), 0, _joined.Count, withDetails: true);
    }

    private static int Compare((ReadOnlyMemory<byte> Key, int Source) left, (ReadOnlyMemory<byte> Key, int Source) right) =>
        left.Key.Span.SequenceCompareTo(right.Key.Span) is not 0 and var order ? order : left.Source.CompareTo(right.Source);
}
