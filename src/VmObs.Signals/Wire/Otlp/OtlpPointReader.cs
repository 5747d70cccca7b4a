using System.Runtime.InteropServices;
using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Reads OTLP data points into series and samples.</summary>
internal sealed class OtlpPointReader(OtlpContext context, OtlpSeriesLabels series) : IDisposable
{
    private const ulong NoRecordedValue = 1;

    private readonly LimitedLabels _labels = series.Labels;
    private readonly PooledBuffer _name = new(256), _bound = new(64);
    private readonly List<ulong> _counts = [];
    private readonly List<double> _bounds = [];

    /// <summary>The latest time of the samples since it was last set to 0, Unix ns.</summary>
    public long LatestUnixNanos { get; set; }

    /// <summary>Reads a NumberDataPoint: one sample.</summary>
    public void ReadNumber(in OtlpMetricHead metric, MetricKind kind, ProtobufReader message, MetricBatch into)
    {
        ulong time = 0, flags = 0;
        double value = 0;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 3 << 3 | ProtobufReader.Fixed64: time = message.ReadFixed64(); break;
                case 4 << 3 | ProtobufReader.Fixed64: value = message.ReadDouble(); break;
                case 6 << 3 | ProtobufReader.Fixed64: value = (long)message.ReadFixed64(); break;
                case 7 << 3 | ProtobufReader.Bytes: context.Attributes.Read(ref message); break;
                case 8 << 3 | ProtobufReader.Varint: flags = message.ReadVarint(); break;
                default: message.Skip(OtlpSchema.NumberDataPoint.Known); break;
            }
        }
        if (!message.Failed && !IsRefused(metric, time, into) && TrySetLabels(metric, ref message, into))
        {
            SetName(metric, ""u8);
            Add(metric, kind, (long)time, (flags & NoRecordedValue) != 0, value, into);
        }
        context.Attributes.Release(0);
    }

    /// <summary>Reads a HistogramDataPoint: a sample a bucket (cumulative, as Prometheus has them), the sum and the count.</summary>
    public void ReadHistogram(in OtlpMetricHead metric, ProtobufReader message, MetricBatch into)
    {
        ulong time = 0, flags = 0, count = 0;
        double? sum = null;
        _counts.Clear();
        _bounds.Clear();
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 3 << 3 | ProtobufReader.Fixed64: time = message.ReadFixed64(); break;
                case 4 << 3 | ProtobufReader.Fixed64: count = message.ReadFixed64(); break;
                case 5 << 3 | ProtobufReader.Fixed64: sum = message.ReadDouble(); break;
                case 6 << 3 | ProtobufReader.Fixed64: _counts.Add(message.ReadFixed64()); break;
                case 6 << 3 | ProtobufReader.Bytes: ReadPacked(ref message, _counts); break;
                case 7 << 3 | ProtobufReader.Fixed64: _bounds.Add(message.ReadDouble()); break;
                case 7 << 3 | ProtobufReader.Bytes: ReadPacked(ref message, _bounds); break;
                case 9 << 3 | ProtobufReader.Bytes: context.Attributes.Read(ref message); break;
                case 10 << 3 | ProtobufReader.Varint: flags = message.ReadVarint(); break;
                default: message.Skip(OtlpSchema.HistogramDataPoint.Known); break;
            }
        }
        var stale = (flags & NoRecordedValue) != 0;
        if (!message.Failed && !IsRefused(metric, time, into) && (stale || IsHistogram(metric, count, into)) && TrySetLabels(metric, ref message, into))
            AddHistogram(metric, (long)time, stale, count, sum, into);
        context.Attributes.Release(0);
    }

    public void Dispose()
    {
        _name.Dispose();
        _bound.Dispose();
    }

    private static void ReadPacked<T>(ref ProtobufReader message, List<T> into)
        where T : struct
    {
        var at = message.Position;
        var bytes = message.ReadBytes();
        if (bytes.Length % 8 != 0)
        {
            message.Fail(at, "packed 64-bit numbers, a multiple of 8 bytes", $"{bytes.Length} bytes");
            return;
        }
        var count = into.Count;
        CollectionsMarshal.SetCount(into, count + (bytes.Length / 8));
        // Little-endian like the wire, as every platform that .NET runs on here.
        bytes.CopyTo(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(into)[count..]));
    }

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

    private bool IsHistogram(in OtlpMetricHead metric, ulong count, MetricBatch into)
    {
        if (_counts.Count != _bounds.Count + 1 && (_counts.Count | _bounds.Count) != 0)
        {
            into.Refusals.Count(
                RefusalReason.InvalidHistogram,
                $"metric {metric.Name} of {context.Service}: got {_counts.Count} bucket counts for {_bounds.Count} bounds, want one more than bounds, or none of both");
            return false;
        }
        for (var i = 0; i < _bounds.Count; i++)
        {
            if (double.IsFinite(_bounds[i]) && (i == 0 || _bounds[i] > _bounds[i - 1]))
                continue;
            into.Refusals.Count(
                RefusalReason.InvalidHistogram, $"metric {metric.Name} of {context.Service}: got bound {_bounds[i]} at place {i}, want finite bounds that rise");
            return false;
        }
        ulong total = 0;
        foreach (var bucket in _counts)
            total = unchecked(total + bucket);
        if (_counts.Count == 0 || total == count)
            return true;
        into.Refusals.Count(
            RefusalReason.InvalidHistogram, $"metric {metric.Name} of {context.Service}: got a count of {count}, want the sum of its buckets, {total}");
        return false;
    }

    /// <summary>Sets the labels that the point's series share.</summary>
    private bool TrySetLabels(in OtlpMetricHead metric, ref ProtobufReader message, MetricBatch into)
    {
        if (series.TryBeginPoint(ref message))
            return true;
        if (!message.Failed)
        {
            into.Refusals.Count(
                RefusalReason.InvalidLabels,
                $"metric {metric.Name} of {context.Service}: a label has no name, or is over {context.Rules.MaxLabelBytes} bytes, or is one of over {context.Rules.MaxLabels}");
        }
        return false;
    }

    private void AddHistogram(in OtlpMetricHead metric, long time, bool stale, ulong count, double? sum, MetricBatch into)
    {
        var shared = _labels.Builder.Mark();
        SetName(metric, "_bucket"u8);
        var bucket = _labels.Builder.Mark();
        ulong below = 0;
        for (var i = 0; i < _bounds.Count; i++)
        {
            below += stale ? 0 : _counts[i];
            _bound.Clear();
            NumberText.WriteFixed(_bound, _bounds[i]);
            _labels.Set("le"u8, _bound.WrittenSpan);
            Add(metric, MetricKind.Histogram, time, stale, below, into);
            _labels.Builder.Rewind(bucket);
        }
        _labels.Set("le"u8, "+Inf"u8);
        Add(metric, MetricKind.Histogram, time, stale, count, into);
        _labels.Builder.Rewind(shared);
        SetName(metric, "_count"u8);
        Add(metric, MetricKind.Histogram, time, stale, count, into);
        _labels.Builder.Rewind(shared);
        if (sum is null && !stale)
            return;
        SetName(metric, "_sum"u8);
        Add(metric, MetricKind.Histogram, time, stale, sum.GetValueOrDefault(), into);
    }

    private void SetName(in OtlpMetricHead metric, ReadOnlySpan<byte> suffix)
    {
        _name.Clear();
        _name.Write(metric.SeriesName);
        _name.Write(suffix);
        _labels.Set("__name__"u8, _name.WrittenSpan);
    }

    private void Add(in OtlpMetricHead metric, MetricKind kind, long time, bool stale, double value, MetricBatch into)
    {
        var entry = into.AddSeries(_labels.Intern(context.Interner), kind, metric.Unit);
        into.AddSample(entry, time, stale ? StaleMarker.Value : value);
        LatestUnixNanos = Math.Max(LatestUnixNanos, time);
    }
}
