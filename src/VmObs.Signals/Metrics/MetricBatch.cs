using System.IO.Hashing;
using VmObs.Signals.Labels;

namespace VmObs.Signals.Metrics;

/// <summary>Decoded samples of one request, in columns. Made by a wire reader, applied once, then disposed or cleared and used again.</summary>
/// <remarks>Not thread-safe. Spans are valid until the next write.</remarks>
public sealed class MetricBatch : IDisposable
{
    private readonly PooledBuffer _text = new(16 * 1024);
    private readonly List<Series> _series = [];
    private readonly List<Sample> _samples = [];

    /// <summary>Records of the request that were not taken.</summary>
    public Refusals Refusals { get; } = new();

    /// <summary>Number of series entries; a series may stand more than once.</summary>
    public int SeriesCount => _series.Count;

    /// <summary>Number of samples.</summary>
    public int SampleCount => _samples.Count;

    /// <summary>Bytes of all keys and units together.</summary>
    public int TextBytes => _text.Length;

    /// <summary>The samples in order of arrival.</summary>
    public ReadOnlySpan<Sample> Samples => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_samples);

    /// <summary>Canonical label set of a series entry (with __name__, node and service); the series' identity.</summary>
    public ReadOnlySpan<byte> Key(int series) => _text.Slice(_series[series].KeyOffset, _series[series].KeyLength);

    /// <summary>XxHash3 of the key, 64 bits.</summary>
    public ulong KeyHash(int series) => _series[series].Hash;

    /// <summary>What the series' samples mean.</summary>
    public MetricKind Kind(int series) => _series[series].Kind;

    /// <summary>The unit as the sender gave it (UCUM for OTLP); empty when not given.</summary>
    public ReadOnlySpan<byte> Unit(int series) => _text.Slice(_series[series].UnitOffset, _series[series].UnitLength);

    /// <summary>Adds a series entry.</summary>
    /// <returns>Its index, for <see cref="AddSample"/>.</returns>
    public int AddSeries(LabelKeyBuilder labels, MetricKind kind, ReadOnlySpan<byte> unit)
    {
        var unitOffset = _text.Length;
        _text.Write(unit);
        var keyOffset = _text.Length;
        var keyLength = labels.WriteTo(_text);
        _series.Add(new Series(keyOffset, keyLength, unitOffset, unit.Length, XxHash3.HashToUInt64(_text.Slice(keyOffset, keyLength)), kind));
        return _series.Count - 1;
    }

    /// <summary>Adds a sample to a series entry.</summary>
    /// <param name="series">Index that <see cref="AddSeries"/> returned.</param>
    /// <param name="timestampUnixNanos">Event time, Unix ns, UTC.</param>
    /// <param name="value">Any float64; NaN payloads are kept.</param>
    public void AddSample(int series, long timestampUnixNanos, double value) => _samples.Add(new Sample(series, timestampUnixNanos, value));

    /// <summary>Empties the batch for another request.</summary>
    public void Clear()
    {
        _text.Clear();
        _series.Clear();
        _samples.Clear();
        Refusals.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    /// <summary>One value of one series entry.</summary>
    /// <param name="Series">Index of the series entry in the batch.</param>
    /// <param name="TimestampUnixNanos">Event time, Unix ns, UTC.</param>
    /// <param name="Value">Float64 as it arrived.</param>
    public readonly record struct Sample(int Series, long TimestampUnixNanos, double Value);

    private readonly record struct Series(int KeyOffset, int KeyLength, int UnitOffset, int UnitLength, ulong Hash, MetricKind Kind);
}
