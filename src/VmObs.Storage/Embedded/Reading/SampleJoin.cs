using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Puts together what several places have of one series.</summary>
/// <remarks>Not thread-safe. Samples of equal times come in the order of the places.</remarks>
internal sealed class SampleJoin
{
    private readonly SampleColumns _joined = new();

    /// <summary>The whole series.</summary>
    /// <param name="parts">What each place has of it; at least one.</param>
    public SeriesSamples Of(IReadOnlyList<SeriesSamples> parts)
    {
        if (parts.Count == 1)
            return parts[0];
        // Parts of different hours follow one another; an hour's late batches may lie between its samples.
        _joined.Clear();
        foreach (var part in parts)
        {
            var first = _joined.Count;
            var room = _joined.Add(part.Values.Length);
            part.TimestampsUnixNanos.Span.CopyTo(room.Times);
            part.Values.Span.CopyTo(room.Values);
            foreach (var detail in part.Details)
                _joined.AddDetail(first + detail.Sample, detail.Json.Span);
        }
        _joined.Sort();
        return _joined.Copy(parts[0].Key, new MetricDescription(parts[0].Kind, parts[0].Unit), 0, _joined.Count, withDetails: true);
    }
}
