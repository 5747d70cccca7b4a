using System.Runtime.InteropServices;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>Takes the samples of one series after another into a batch within the rules; what both versions of remote_write share.</summary>
/// <remarks>Use: <see cref="BeginRequest"/>; for each series <see cref="BeginSeries"/>, fill <see cref="Points"/>, <see cref="Histograms"/> and
/// <see cref="Exemplars"/>, then <see cref="AddSamples"/>, <see cref="AddHistograms"/> and <see cref="AddExemplar"/>; for a new one
/// <see cref="IsRefused"/> and <see cref="TryAddMapped"/> before.</remarks>
internal sealed class SeriesIntake(IngestRules rules, SeriesInterner interner) : IDisposable
{
    private const long NanosPerMilli = 1_000_000;

    private readonly NativeHistogramReader _histogram = new();
    private readonly PooledBuffer _exemplarName = new(256);

    private readonly ResourceMapping _mapping = new(rules);
    private MetricBatch _batch = null!;
    private long _latestUnixNanos;

    /// <summary>The current series' labels.</summary>
    public LimitedLabels Labels { get; } = new(rules);

    /// <summary>The current series' samples.</summary>
    public List<(long Millis, double Value)> Points { get; } = [];

    /// <summary>The current series' native histograms, messages of the request.</summary>
    public List<WireSlice> Histograms { get; } = [];

    /// <summary>The current series' exemplars, messages of the request.</summary>
    public List<WireSlice> Exemplars { get; } = [];

    /// <summary>The exemplar being read.</summary>
    public ExemplarDetail Exemplar { get; } = new();

    /// <summary>Whether nothing came with the current series.</summary>
    public bool IsEmpty => (Points.Count | Histograms.Count | Exemplars.Count) == 0;

    /// <summary>A series may not have more labels than this.</summary>
    public int MaxLabels => rules.MaxLabels;

    /// <summary>A label's name or value may not be longer than this, bytes.</summary>
    public int MaxLabelBytes => rules.MaxLabelBytes;

    /// <summary>Whether the request's label sets are more than may be.</summary>
    public bool IsFull => _batch.TextBytes > rules.MaxBatchBytes;

    public void BeginRequest(MetricBatch into, long latestUnixNanos) => (_batch, _latestUnixNanos) = (into, latestUnixNanos);

    public void BeginSeries()
    {
        Points.Clear();
        Histograms.Clear();
        Exemplars.Clear();
    }

    /// <summary>Refuses all that came with a series, each counted, when its labels cannot be taken.</summary>
    public bool IsRefused(ReadOnlySpan<byte> name, bool labelsRefused)
    {
        var badName = name.IsEmpty || name.Length > rules.MaxLabelBytes;
        if (!badName && !labelsRefused && !IsFull)
            return false;
        for (var i = Points.Count + Histograms.Count + Exemplars.Count; i > 0; i--)
        {
            if (badName)
                _batch.Refusals.Count(RefusalReason.InvalidMetricName, $"metric {name}: got a name of {name.Length} bytes, want 1 to {rules.MaxLabelBytes}");
            else if (IsFull)
                RefuseForRoom(name);
            else
                RefuseLabels(name);
        }
        return true;
    }

    /// <summary>Adds service and node where the labels do not have them; refuses the samples where that is not within the limits.</summary>
    public bool TryAddMapped(ReadOnlySpan<byte> name, ReadOnlySpan<byte> instance, ReadOnlySpan<byte> job, bool hasNode, bool hasService)
    {
        var node = ResourceMapping.HostOf(instance);
        if ((hasNode || Labels.TrySet(ResourceMapping.NodeLabel, node.IsEmpty ? _mapping.UnknownNode : node))
            && (hasService || Labels.TrySet(ResourceMapping.ServiceLabel, job.IsEmpty ? _mapping.UnknownService : job)))
            return true;
        for (var i = Points.Count + Histograms.Count + Exemplars.Count; i > 0; i--)
            RefuseLabels(name);
        return false;
    }

    /// <summary>Adds the samples, each within its time.</summary>
    public void AddSamples(InternedSeries identity, MetricKind kind, ReadOnlySpan<byte> unit)
    {
        var series = -1;
        foreach (var (millis, value) in CollectionsMarshal.AsSpan(Points))
        {
            if (!IsTimely(identity, millis))
                continue;
            if (series < 0)
                series = _batch.AddSeries(identity, kind, unit);
            _batch.AddSample(series, millis * NanosPerMilli, value);
        }
    }

    /// <summary>Adds the native histograms, each within its time: a sample whose value is the count, with the histogram as its detail.</summary>
    public void AddHistograms(ref ProtobufReader request, InternedSeries identity, ReadOnlySpan<byte> unit)
    {
        var series = -1;
        foreach (var slice in Histograms)
        {
            if (IsFull)
            {
                // A short message may stand for many buckets.
                RefuseForRoom(identity.Name);
                continue;
            }
            if (_histogram.Read(request.Open(slice, 2)) is { } fault)
            {
                _batch.Refusals.Count(RefusalReason.InvalidHistogram, $"metric {identity.Name}: {fault}");
                continue;
            }
            if (!IsTimely(identity, _histogram.UnixMillis))
                continue;
            if (series < 0)
                series = _batch.AddSeries(identity, MetricKind.ExponentialHistogram, unit);
            _batch.AddSample(series, _histogram.UnixMillis * NanosPerMilli, _histogram.Value);
            if (!_histogram.Detail.IsEmpty)
                _batch.AddDetail(_histogram.Detail);
            _batch.NativeCounts = _batch.NativeCounts with { Histograms = _batch.NativeCounts.Histograms + 1 };
        }
    }

    /// <summary>Adds <see cref="Exemplar"/>, whose labels are set, as a sample of the series' own series of exemplars.</summary>
    /// <remarks>Prometheus sends an exemplar apart from its sample, in another request perhaps: there is no sample to put it to.</remarks>
    public void AddExemplar(InternedSeries identity, long millis, double value, ReadOnlySpan<byte> unit)
    {
        if (IsFull)
            RefuseForRoom(identity.Name);
        else if (!IsTimely(identity, millis))
            return;
        else if (!Exemplar.TryEnd(millis * NanosPerMilli, value))
            RefuseLabels(identity.Name);
        else
        {
            _batch.AddSample(_batch.AddSeries(ExemplarsOf(identity), MetricKind.Exemplar, unit), millis * NanosPerMilli, value);
            _batch.AddDetail(Exemplar.Json);
            _batch.NativeCounts = _batch.NativeCounts with { Exemplars = _batch.NativeCounts.Exemplars + 1 };
        }
    }

    public void Dispose()
    {
        Labels.Dispose();
        Exemplar.Dispose();
        _histogram.Dispose();
        _exemplarName.Dispose();
    }

    /// <summary>The series with the same labels, whose name ends in _exemplars.</summary>
    private InternedSeries ExemplarsOf(InternedSeries identity)
    {
        _exemplarName.Clear();
        _exemplarName.Write(identity.Name);
        _exemplarName.Write("_exemplars"u8);
        Labels.Begin();
        var labels = new LabelKeyReader(identity.Key.Span);
        while (labels.Next())
            Labels.Set(labels.Name, labels.Name.SequenceEqual("__name__"u8) ? _exemplarName.WrittenSpan : labels.Value);
        return Labels.Intern(interner);
    }

    private bool IsTimely(InternedSeries identity, long millis)
    {
        if (millis is > long.MaxValue / NanosPerMilli or < long.MinValue / NanosPerMilli)
        {
            _batch.Refusals.Count(RefusalReason.InvalidTimestamp, $"metric {identity.Name}: got time {millis} ms, want what 64-bit Unix ns can say");
            return false;
        }
        var time = millis * NanosPerMilli;
        if (time <= _latestUnixNanos)
            return true;
        _batch.Refusals.Count(
            RefusalReason.TooFarAhead, $"metric {identity.Name}: got time {Rfc3339.Format(time)}, want at most {Rfc3339.Format(_latestUnixNanos)}");
        return false;
    }

    private void RefuseForRoom(ReadOnlySpan<byte> name) => _batch.Refusals.Count(
        RefusalReason.TooLarge, $"metric {name}: the request's label sets and details are over {rules.MaxBatchBytes} bytes, the most taken");

    private void RefuseLabels(ReadOnlySpan<byte> name) => _batch.Refusals.Count(
        RefusalReason.InvalidLabels, $"metric {name}: a label has no name, or is over {rules.MaxLabelBytes} bytes, or there are over {rules.MaxLabels}");
}
