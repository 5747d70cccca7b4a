namespace VmObs.Signals.Metrics;

/// <summary>Decoded samples of one request, in columns. Made by a wire reader, applied once, then disposed or cleared and used again.</summary>
/// <remarks>Not thread-safe. Spans are valid until the next write.</remarks>
public sealed class MetricBatch : IDisposable
{
    private readonly PooledBuffer _units = new(256);
    private readonly List<Series> _series = [];
    private int _keyBytes;
    private readonly List<Sample> _samples = [];
    // Nearly all samples have none, so that they are kept beside the samples.
    private readonly PooledBuffer _detailBytes = new(256);
    private readonly List<Detail> _details = [];

    /// <summary>Records of the request that were not taken.</summary>
    public Refusals Refusals { get; } = new();

    /// <summary>Number of series entries; a series may stand more than once.</summary>
    public int SeriesCount => _series.Count;

    /// <summary>Number of samples.</summary>
    public int SampleCount => _samples.Count;

    /// <summary>How many of the samples are native histograms, and how many exemplars: senders of remote_write 2.0 are told.</summary>
    public (int Histograms, int Exemplars) NativeCounts { get; internal set; }

    /// <summary>Bytes of all keys, units and details together.</summary>
    public int TextBytes => _keyBytes + _units.Length + _detailBytes.Length;

    /// <summary>Number of samples with a detail.</summary>
    public int DetailCount => _details.Count;

    /// <summary>Bytes of all details together.</summary>
    public int DetailBytes => _detailBytes.Length;

    /// <summary>The samples in order of arrival.</summary>
    public ReadOnlySpan<Sample> Samples => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_samples);

    /// <summary>The series of an entry.</summary>
    public InternedSeries Identity(int series) => _series[series].Identity;

    /// <summary>What the series' samples mean.</summary>
    public MetricKind Kind(int series) => _series[series].Kind;

    /// <summary>The unit as the sender gave it (UCUM for OTLP); empty when not given.</summary>
    public ReadOnlySpan<byte> Unit(int series) => _units.Slice(_series[series].UnitOffset, _series[series].UnitLength);

    /// <summary>Adds a series entry.</summary>
    /// <returns>Its index, for <see cref="AddSample"/>.</returns>
    public int AddSeries(InternedSeries identity, MetricKind kind, ReadOnlySpan<byte> unit)
    {
        _series.Add(new Series(identity, _units.Length, unit.Length, kind));
        _units.Write(unit);
        _keyBytes += identity.Key.Length;
        return _series.Count - 1;
    }

    /// <summary>Gives a series entry another identity.</summary>
    internal void Rename(int series, InternedSeries identity)
    {
        _keyBytes += identity.Key.Length - _series[series].Identity.Key.Length;
        _series[series] = _series[series] with { Identity = identity };
    }

    /// <summary>Adds a sample to a series entry.</summary>
    /// <param name="series">Index that <see cref="AddSeries"/> returned.</param>
    /// <param name="timestampUnixNanos">Event time, Unix ns, UTC.</param>
    /// <param name="value">Any float64; NaN payloads are kept.</param>
    public void AddSample(int series, long timestampUnixNanos, double value) => _samples.Add(new Sample(series, timestampUnixNanos, value));

    /// <summary>Gives the sample added last a detail.</summary>
    /// <param name="json">A JSON object in UTF-8 without white space; not empty, at most <see cref="SampleDetail.MaxBytes"/>, which readers see to.</param>
    public void AddDetail(ReadOnlySpan<byte> json)
    {
        var sample = _samples.Count - 1;
        if (json.IsEmpty || json.Length > SampleDetail.MaxBytes)
            throw new ArgumentException($"BUG: a detail of {json.Length} bytes, want 1 to {SampleDetail.MaxBytes}", nameof(json));
        if (sample < 0 || (_details.Count > 0 && _details[^1].Sample == sample))
            throw new InvalidOperationException($"BUG: a detail for sample {sample}, which is none or has one already");
        _details.Add(new Detail(sample, _detailBytes.Length, json.Length));
        _detailBytes.Write(json);
    }

    /// <summary>A detail: details stand in the order of their samples, from 0 to <see cref="DetailCount"/>, exclusive.</summary>
    /// <returns>The sample's index in <see cref="Samples"/>, and the detail; its memory is valid until the next write.</returns>
    public SampleDetail DetailAt(int index)
    {
        var detail = _details[index];
        return new SampleDetail(detail.Sample, _detailBytes.WrittenMemory.Slice(detail.Offset, detail.Length));
    }

    /// <summary>Empties the batch for another request.</summary>
    public void Clear()
    {
        _units.Clear();
        _series.Clear();
        _keyBytes = 0;
        _samples.Clear();
        NativeCounts = default;
        _detailBytes.Clear();
        _details.Clear();
        Refusals.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _units.Dispose();
        _detailBytes.Dispose();
    }

    /// <summary>One value of one series entry.</summary>
    /// <param name="Series">Index of the series entry in the batch.</param>
    /// <param name="TimestampUnixNanos">Event time, Unix ns, UTC.</param>
    /// <param name="Value">Float64 as it arrived.</param>
    public readonly record struct Sample(int Series, long TimestampUnixNanos, double Value);

    private readonly record struct Series(InternedSeries Identity, int UnitOffset, int UnitLength, MetricKind Kind);

    private readonly record struct Detail(int Sample, int Offset, int Length);
}
