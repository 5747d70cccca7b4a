using System.Runtime.InteropServices;
using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>Takes the samples of one series after another into a batch within the rules; what both versions of remote_write share.</summary>
/// <remarks>Use: <see cref="BeginRequest"/>; for each series fill <see cref="Points"/>, then <see cref="RefuseHistograms"/> and
/// <see cref="AddSamples"/>, for a new one <see cref="IsRefused"/> and <see cref="TryAddMapped"/> before.</remarks>
internal sealed class SeriesIntake(IngestRules rules) : IDisposable
{
    private const long NanosPerMilli = 1_000_000;

    private readonly ResourceMapping _mapping = new(rules);
    private MetricBatch _batch = null!;
    private long _latestUnixNanos;

    /// <summary>The current series' labels.</summary>
    public LimitedLabels Labels { get; } = new(rules);

    /// <summary>The current series' samples.</summary>
    public List<(long Millis, double Value)> Points { get; } = [];

    /// <summary>A series may not have more labels than this.</summary>
    public int MaxLabels => rules.MaxLabels;

    /// <summary>A label's name or value may not be longer than this, bytes.</summary>
    public int MaxLabelBytes => rules.MaxLabelBytes;

    /// <summary>Whether the request's label sets are more than may be.</summary>
    public bool IsFull => _batch.TextBytes > rules.MaxBatchBytes;

    public void BeginRequest(MetricBatch into, long latestUnixNanos) => (_batch, _latestUnixNanos) = (into, latestUnixNanos);

    /// <summary>Refuses native histograms.</summary>
    public void RefuseHistograms(ReadOnlySpan<byte> name, int histograms)
    {
        for (; histograms > 0; histograms--)
            _batch.Refusals.Count(RefusalReason.UnsupportedType, $"metric {name}: got a native histogram, want a float sample");
    }

    /// <summary>Refuses all of a series' samples, each counted, when its labels cannot be taken.</summary>
    public bool IsRefused(ReadOnlySpan<byte> name, bool labelsRefused)
    {
        var badName = name.IsEmpty || name.Length > rules.MaxLabelBytes;
        if (!badName && !labelsRefused && !IsFull)
            return false;
        for (var i = 0; i < Points.Count; i++)
        {
            if (badName)
                _batch.Refusals.Count(RefusalReason.InvalidMetricName, $"metric {name}: got a name of {name.Length} bytes, want 1 to {rules.MaxLabelBytes}");
            else if (IsFull)
                _batch.Refusals.Count(RefusalReason.TooLarge, $"metric {name}: the request's label sets are over {rules.MaxBatchBytes} bytes, the most taken");
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
        foreach (var _ in Points)
            RefuseLabels(name);
        return false;
    }

    /// <summary>Adds the samples, each within its time.</summary>
    public void AddSamples(InternedSeries identity, MetricKind kind, ReadOnlySpan<byte> unit)
    {
        var series = -1;
        foreach (var (millis, value) in CollectionsMarshal.AsSpan(Points))
        {
            if (millis is > long.MaxValue / NanosPerMilli or < long.MinValue / NanosPerMilli)
            {
                _batch.Refusals.Count(RefusalReason.InvalidTimestamp, $"metric {identity.Name}: got time {millis} ms, want what 64-bit Unix ns can say");
                continue;
            }
            var time = millis * NanosPerMilli;
            if (time > _latestUnixNanos)
            {
                _batch.Refusals.Count(
                    RefusalReason.TooFarAhead, $"metric {identity.Name}: got time {Rfc3339.Format(time)}, want at most {Rfc3339.Format(_latestUnixNanos)}");
                continue;
            }
            if (series < 0)
                series = _batch.AddSeries(identity, kind, unit);
            _batch.AddSample(series, time, value);
        }
    }

    public void Dispose() => Labels.Dispose();

    private void RefuseLabels(ReadOnlySpan<byte> name) => _batch.Refusals.Count(
        RefusalReason.InvalidLabels, $"metric {name}: a label has no name, or is over {rules.MaxLabelBytes} bytes, or there are over {rules.MaxLabels}");
}
