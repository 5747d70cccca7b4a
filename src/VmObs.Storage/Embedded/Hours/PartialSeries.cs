using System.Runtime.InteropServices;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A series as far as it was read: it may go on in the next row group.</summary>
internal sealed class PartialSeries(SeriesPlace place)
{
    private List<SampleDetail>? _details;
    private long[] _times = [];
    private double[] _values = [];

    /// <summary>Whether it has samples of the range.</summary>
    public bool HasSamples => _times.Length > 0;

    /// <summary>Whether rows of the next row group are its own.</summary>
    public bool GoesOnIn(SeriesPlace next) => place.Kind == next.Kind && place.Unit == next.Unit && place.Key.AsSpan().SequenceEqual(next.Key);

    /// <summary>Adds samples.</summary>
    /// <param name="times">Their times.</param>
    /// <param name="values">Their values.</param>
    /// <param name="details">Details, by rows of which the first sample is <paramref name="firstRow"/>.</param>
    /// <param name="firstRow">The first sample's row.</param>
    public void Add(ReadOnlySpan<long> times, ReadOnlySpan<double> values, List<SampleDetail> details, int firstRow)
    {
        var before = _times.Length;
        // Few series are longer than a row group, and those are of few parts.
        _times = before == 0 ? times.ToArray() : [.. _times, .. times];
        _values = before == 0 ? values.ToArray() : [.. _values, .. values];
        foreach (var detail in CollectionsMarshal.AsSpan(details))
        {
            if (detail.Sample >= firstRow && detail.Sample < firstRow + times.Length)
                (_details ??= []).Add(detail with { Sample = before + detail.Sample - firstRow });
        }
    }

    /// <summary>The series.</summary>
    public SeriesSamples ToSamples() => new(place.Key, place.Kind, place.Unit, _times, _values) { Details = _details ?? [] };
}
