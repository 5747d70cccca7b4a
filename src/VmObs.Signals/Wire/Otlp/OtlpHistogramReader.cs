using System.Runtime.InteropServices;
using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Reads the data points of histograms with explicit bounds: a sample a bucket (cumulative, as Prometheus has them), the count
/// and the sum.</summary>
internal sealed class OtlpHistogramReader(OtlpContext context, OtlpSeriesWriter series, OtlpDetails details) : IDisposable
{
    private readonly PooledBuffer _bound = new(64);
    private readonly List<ulong> _counts = [];
    private readonly List<double> _bounds = [];

    /// <summary>Reads a HistogramDataPoint.</summary>
    public void Read(in OtlpMetricHead metric, MetricKind kind, ProtobufReader message, MetricBatch into)
    {
        ulong time = 0, flags = 0, count = 0;
        double? sum = null, min = null, max = null;
        _counts.Clear();
        _bounds.Clear();
        details.BeginPoint();
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
                case 8 << 3 | ProtobufReader.Bytes: details.Exemplars.Read(ref message); break;
                case 9 << 3 | ProtobufReader.Bytes: context.Attributes.Read(ref message); break;
                case 10 << 3 | ProtobufReader.Varint: flags = message.ReadVarint(); break;
                case 11 << 3 | ProtobufReader.Fixed64: min = message.ReadDouble(); break;
                case 12 << 3 | ProtobufReader.Fixed64: max = message.ReadDouble(); break;
                default: message.Skip(OtlpSchema.HistogramDataPoint.Known); break;
            }
        }
        var isStale = OtlpSeriesWriter.IsStale(flags);
        if ((message.Failed || isStale || IsHistogram(metric, count, into)) && series.TryBegin(metric, ref message, time, flags, into))
        {
            AddBuckets(metric, kind, ref message, time, count, isStale, into);
            series.Add(metric, "_count"u8, kind, count);
            AddExtremes(ref message, time, min, max, into);
            if (sum is not null || isStale)
                series.Add(metric, "_sum"u8, kind, sum.GetValueOrDefault());
        }
        context.Attributes.Release(0);
    }

    public void Dispose() => _bound.Dispose();

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

    private void AddBuckets(in OtlpMetricHead metric, MetricKind kind, ref ProtobufReader message, ulong time, ulong count, bool isStale, MetricBatch into)
    {
        details.Exemplars.SortByBucket(CollectionsMarshal.AsSpan(_bounds));
        ulong below = 0;
        for (var i = 0; i < _bounds.Count; i++)
        {
            below += isStale ? 0 : _counts[i];
            _bound.Clear();
            NumberText.WriteFixed(_bound, _bounds[i]);
            series.Add(metric, "_bucket"u8, kind, below, "le"u8, _bound.WrittenSpan);
            details.AddExemplars(ref message, time, into, bucket: i);
        }
        series.Add(metric, "_bucket"u8, kind, count, "le"u8, "+Inf"u8);
        details.AddExemplars(ref message, time, into, bucket: _bounds.Count);
    }

    private void AddExtremes(ref ProtobufReader message, ulong time, double? min, double? max, MetricBatch into)
    {
        if (min is null && max is null)
            return;
        details.Json.Clear();
        details.Json.Write("{\"histogram\":{"u8);
        HistogramJson.WriteExtremes(details.Json, min, max);
        details.Json.WriteByte((byte)'}');
        details.AddHistogram(ref message, time, into);
    }
}
