using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Adds the samples of data points, once what all kinds of points have in common is good.</summary>
/// <remarks>Use: <see cref="TryBegin"/> for a point, then <see cref="Add"/> for each of its samples; or <see cref="TryBeginKnown"/> and
/// <see cref="AddKnown"/>. Not thread-safe.</remarks>
internal sealed class OtlpSeriesWriter(OtlpContext context, OtlpSeriesLabels series) : IDisposable
{
    private const ulong NoRecordedValue = 1;

    private readonly PooledBuffer _name = new(256);
    private (int Labels, int Bytes) _mark;
    private MetricBatch _batch = null!;
    private long _time;
    private bool _isStale;

    /// <summary>The latest time of the samples since it was last set to 0, Unix ns.</summary>
    public long LatestUnixNanos { get; set; }

    /// <summary>Whether a point's flags say that it has no value.</summary>
    public static bool IsStale(ulong flags) => (flags & NoRecordedValue) != 0;

    /// <summary>Begins a point; false when it is refused, which is then counted.</summary>
    /// <param name="metric">Its metric.</param>
    /// <param name="message">The point, read to its end; its attributes are all that the context's list holds.</param>
    /// <param name="time">Unix ns.</param>
    /// <param name="flags">Of the point.</param>
    /// <param name="into">Gets the samples.</param>
    public bool TryBegin(in OtlpMetricHead metric, ref ProtobufReader message, ulong time, ulong flags, MetricBatch into)
    {
        if (message.Failed || IsRefused(metric, time, into) || !TrySetLabels(metric, ref message, into))
            return false;
        (_batch, _time, _isStale, _mark) = (into, (long)time, IsStale(flags), series.Labels.Builder.Mark());
        return true;
    }

    /// <summary>Begins a point whose series is known; false when it is refused, which is then counted.</summary>
    public bool TryBeginKnown(in OtlpMetricHead metric, ulong time, ulong flags, MetricBatch into)
    {
        if (IsRefused(metric, time, into))
            return false;
        (_batch, _time, _isStale) = (into, (long)time, IsStale(flags));
        return true;
    }

    /// <summary>Adds a sample of the point; Prometheus's stale marker when it has no value.</summary>
    /// <param name="metric">Its metric.</param>
    /// <param name="suffix">What the series' name has behind the metric's.</param>
    /// <param name="kind">What the sample means.</param>
    /// <param name="value">Its value.</param>
    /// <param name="label">A label of this series alone; empty for none.</param>
    /// <param name="text">That label's value.</param>
    /// <returns>Its series.</returns>
    public InternedSeries Add(
        in OtlpMetricHead metric, ReadOnlySpan<byte> suffix, MetricKind kind, double value, ReadOnlySpan<byte> label = default, ReadOnlySpan<byte> text = default)
    {
        var labels = series.Labels;
        labels.Builder.Rewind(_mark);
        _name.Clear();
        _name.Write(metric.SeriesName);
        _name.Write(suffix);
        labels.Set("__name__"u8, _name.WrittenSpan);
        if (!label.IsEmpty)
            labels.Set(label, text);
        var identity = labels.Intern(context.Interner);
        AddKnown(metric, identity, kind, value);
        return identity;
    }

    /// <summary>The same where the series is known.</summary>
    public void AddKnown(in OtlpMetricHead metric, InternedSeries identity, MetricKind kind, double value)
    {
        var entry = _batch.AddSeries(identity, kind, metric.Unit);
        _batch.AddSample(entry, _time, _isStale ? StaleMarker.Value : value);
        LatestUnixNanos = Math.Max(LatestUnixNanos, _time);
    }

    public void Dispose() => _name.Dispose();

    private bool IsRefused(in OtlpMetricHead metric, ulong time, MetricBatch into)
    {
        var refusals = into.Refusals;
        if (metric.Name.IsEmpty)
            refusals.Count(RefusalReason.InvalidMetricName, $"metric of {context.Service}: it has no name");
        else if (metric.SeriesName.IsEmpty)
            refusals.Count(RefusalReason.InvalidMetricName, $"metric {metric.Name} of {context.Service}: got a name without a letter or digit of ASCII, want one, or otlp.translation_strategy: NoTranslation");
        else if (metric.SeriesName.Length > context.Rules.MaxLabelBytes)
            refusals.Count(RefusalReason.InvalidMetricName, $"metric {metric.Name} of {context.Service}: got a name of {metric.SeriesName.Length} bytes, want at most {context.Rules.MaxLabelBytes}");
        else if (time == 0)
            refusals.Count(RefusalReason.MissingTimestamp, $"metric {metric.Name} of {context.Service}: a data point has no time");
        else if (time > long.MaxValue)
            refusals.Count(RefusalReason.InvalidTimestamp, $"metric {metric.Name} of {context.Service}: got time {time}, want at most {long.MaxValue} Unix ns");
        else if ((long)time > context.LatestUnixNanos)
            refusals.Count(RefusalReason.TooFarAhead, $"metric {metric.Name} of {context.Service}: got time {Rfc3339.Format((long)time)}, want at most {Rfc3339.Format(context.LatestUnixNanos)}");
        else if (into.TextBytes > context.Rules.MaxBatchBytes)
            refusals.Count(RefusalReason.TooLarge, $"metric {metric.Name} of {context.Service}: the request's label sets are over {context.Rules.MaxBatchBytes} bytes, the most taken");
        else
            return false;
        return true;
    }

    private bool TrySetLabels(in OtlpMetricHead metric, ref ProtobufReader message, MetricBatch into)
    {
        if (series.TryBeginPoint(ref message))
            return !message.Failed;
        if (!message.Failed)
        {
            into.Refusals.Count(
                RefusalReason.InvalidLabels,
                $"metric {metric.Name} of {context.Service}: a label has no name, or is over {context.Rules.MaxLabelBytes} bytes, or is one of over {context.Rules.MaxLabels}");
        }
        return false;
    }
}
