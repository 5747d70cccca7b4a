namespace VmObs.Signals.Wire.PromProto;

/// <summary>Reads Prometheus's protobuf exposition: messages io.prometheus.client.MetricFamily, each behind its length.</summary>
/// <remarks>https://github.com/prometheus/client_model. Classic histograms and summaries become the series that the text format has of them;
/// created timestamps are passed over. A body with a fault is refused as a whole by whoever reads it. Not thread-safe.</remarks>
/// <param name="takesNative">Whether native histograms are taken.</param>
/// <param name="takesClassicBeside">Whether a native histogram's classic buckets are taken beside it.</param>
public sealed class MetricFamilyReader(bool takesNative, bool takesClassicBeside) : IDisposable
{
    private const int GaugeHistogram = 5;
    private const ulong KnownOfFamily = 0b11_1110, KnownOfMetric = 0b1111_1110, KnownOfSummary = 0b1_1110, KnownOfBucket = 0b1_1110, KnownOfExemplar = 0b1110;

    private readonly SeriesWriter _series = new();
    private readonly PooledBuffer _histogram = new(512);
    private readonly PooledBuffer _exemplar = new(256);

    /// <summary>Reads a body.</summary>
    /// <returns>Why it cannot be read further; null when all was read.</returns>
    public WireError? Read(ReadOnlySpan<byte> body, IFamilySink sink)
    {
        WireFault fault = default;
        var reader = new ProtobufReader(body, ref fault);
        for (var i = 0; reader.HasMore; i++)
        {
            ReadFamily(reader.ReadMessage(), sink);
            if (fault.IsSet)
                return new WireError(fault.Offset, $"metric family {i}", fault.Expected!, fault.Found!);
        }
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _series.Dispose();
        _histogram.Dispose();
        _exemplar.Dispose();
    }

    private void ReadFamily(ProtobufReader family, IFamilySink sink)
    {
        // Fields may stand in any order.
        var scan = family;
        ReadOnlySpan<byte> name = default;
        var type = 0UL;
        while (scan.NextField())
        {
            switch (scan.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: name = scan.ReadBytes(); break;
                case 3 << 3 | ProtobufReader.Varint: type = scan.ReadVarint(); break;
                case 2 << 3 | ProtobufReader.Bytes or 4 << 3 | ProtobufReader.Bytes or 5 << 3 | ProtobufReader.Bytes: scan.ReadBytes(); break;
                default: scan.Skip(KnownOfFamily); break;
            }
        }
        if (scan.Failed)
            return;
        sink.AddFamily(name, NameOf(type));
        while (family.NextField())
        {
            if (family.Tag == (4 << 3 | ProtobufReader.Bytes))
                ReadMetric(family.ReadMessage(), name, type == GaugeHistogram, sink);
            else
                family.Skip(0);
        }
    }

    private static ReadOnlySpan<byte> NameOf(ulong type) => type switch
    {
        0 => "counter"u8,
        1 => "gauge"u8,
        2 => "summary"u8,
        4 => "histogram"u8,
        GaugeHistogram => "gaugehistogram"u8,
        _ => "unknown"u8,
    };

    private void ReadMetric(ProtobufReader metric, ReadOnlySpan<byte> name, bool isGauge, IFamilySink sink)
    {
        var scan = metric;
        long? millis = null;
        _series.BeginMetric();
        while (scan.NextField())
        {
            switch (scan.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: ReadLabel(scan.ReadMessage()); break;
                case 6 << 3 | ProtobufReader.Varint: millis = (long)scan.ReadVarint() is not 0 and var given ? given : null; break;
                case >= 2 << 3 and < 8 << 3 when (scan.Tag & 7) == ProtobufReader.Bytes: scan.ReadBytes(); break;
                default: scan.Skip(KnownOfMetric); break;
            }
        }
        while (!scan.Failed && metric.NextField())
        {
            switch (metric.Tag)
            {
                case 2 << 3 | ProtobufReader.Bytes or 3 << 3 | ProtobufReader.Bytes or 5 << 3 | ProtobufReader.Bytes: ReadNumber(metric.ReadMessage(), name, millis, sink); break;
                case 4 << 3 | ProtobufReader.Bytes: ReadSummary(metric.ReadMessage(), name, millis, sink); break;
                case 7 << 3 | ProtobufReader.Bytes: ReadHistogram(metric.ReadMessage(), name, millis, isGauge, sink); break;
                default: metric.Skip(0); break;
            }
        }
    }

    private void ReadLabel(ProtobufReader label)
    {
        ReadOnlySpan<byte> name = default, value = default;
        while (label.NextField())
        {
            switch (label.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: name = label.ReadBytes(); break;
                case 2 << 3 | ProtobufReader.Bytes: value = label.ReadBytes(); break;
                default: label.Skip(0b110); break;
            }
        }
        _series.AddLabel(name, value);
    }

    /// <summary>A gauge, counter or untyped: value 1, a counter's exemplar 2.</summary>
    private void ReadNumber(ProtobufReader number, ReadOnlySpan<byte> name, long? millis, IFamilySink sink)
    {
        var exemplars = number;
        var value = 0.0;
        while (number.NextField())
        {
            if (number.Tag == (1 << 3 | ProtobufReader.Fixed64))
                value = number.ReadDouble();
            else
                number.Skip(0b10);
        }
        if (number.Failed)
            return;
        sink.AddSample(_series.Text(name, default), value, millis);
        ReadExemplars(exemplars, 2, sink);
    }

    private void ReadSummary(ProtobufReader summary, ReadOnlySpan<byte> name, long? millis, IFamilySink sink)
    {
        var (count, sum) = (0UL, 0.0);
        while (summary.NextField())
        {
            switch (summary.Tag)
            {
                case 1 << 3 | ProtobufReader.Varint: count = summary.ReadVarint(); break;
                case 2 << 3 | ProtobufReader.Fixed64: sum = summary.ReadDouble(); break;
                case 3 << 3 | ProtobufReader.Bytes: ReadQuantile(summary.ReadMessage(), name, millis, sink); break;
                case 4 << 3 | ProtobufReader.Bytes: summary.ReadBytes(); break;
                default: summary.Skip(KnownOfSummary); break;
            }
        }
        if (summary.Failed)
            return;
        sink.AddSample(_series.Text(name, "_sum"u8), sum, millis);
        sink.AddSample(_series.Text(name, "_count"u8), count, millis);
    }

    private void ReadQuantile(ProtobufReader quantile, ReadOnlySpan<byte> name, long? millis, IFamilySink sink)
    {
        var (rank, value) = (0.0, 0.0);
        while (quantile.NextField())
        {
            switch (quantile.Tag)
            {
                case 1 << 3 | ProtobufReader.Fixed64: rank = quantile.ReadDouble(); break;
                case 2 << 3 | ProtobufReader.Fixed64: value = quantile.ReadDouble(); break;
                default: quantile.Skip(0b110); break;
            }
        }
        if (!quantile.Failed)
            sink.AddSample(_series.Text(name, default, "quantile"u8, rank), value, millis);
    }

    private void ReadHistogram(ProtobufReader histogram, ReadOnlySpan<byte> name, long? millis, bool isGauge, IFamilySink sink)
    {
        var head = HistogramHead.Read(histogram);
        if (histogram.Failed)
            return;
        var isNative = takesNative && head.IsNative;
        if (isNative)
        {
            _histogram.Clear();
            NativeHistogramFields.Write(histogram, head.IsFloat, isGauge, _histogram);
            sink.AddHistogram(_series.Text(name, default), _histogram.WrittenSpan, millis);
            ReadExemplars(histogram, 16, sink);
            if (takesClassicBeside && head.HasBuckets)
                ReadClassic(histogram, head, name, millis, sink);
            else if (!head.HasExemplars)
                ReadBucketExemplars(histogram, sink);
            return;
        }
        ReadClassic(histogram, head, name, millis, sink);
    }

    private void ReadClassic(ProtobufReader histogram, in HistogramHead head, ReadOnlySpan<byte> name, long? millis, IFamilySink sink)
    {
        var hasInfinite = false;
        while (histogram.NextField())
        {
            if (histogram.Tag != (3 << 3 | ProtobufReader.Bytes))
            {
                histogram.Skip(0);
                continue;
            }
            var bucket = histogram.ReadMessage();
            var exemplars = bucket;
            var (count, bound) = ReadBucket(ref bucket);
            if (bucket.Failed)
                return;
            hasInfinite |= double.IsPositiveInfinity(bound);
            sink.AddSample(_series.Text(name, "_bucket"u8, "le"u8, bound), count, millis);
            ReadExemplars(exemplars, 3, sink);
        }
        if (!hasInfinite)
            sink.AddSample(_series.Text(name, "_bucket"u8, "le"u8, double.PositiveInfinity), head.Count, millis);
        sink.AddSample(_series.Text(name, "_sum"u8), head.Sum, millis);
        sink.AddSample(_series.Text(name, "_count"u8), head.Count, millis);
    }

    private static (double Count, double Bound) ReadBucket(ref ProtobufReader bucket)
    {
        var (count, floatCount, bound) = (0UL, 0.0, 0.0);
        while (bucket.NextField())
        {
            switch (bucket.Tag)
            {
                case 1 << 3 | ProtobufReader.Varint: count = bucket.ReadVarint(); break;
                case 2 << 3 | ProtobufReader.Fixed64: bound = bucket.ReadDouble(); break;
                case 4 << 3 | ProtobufReader.Fixed64: floatCount = bucket.ReadDouble(); break;
                case 3 << 3 | ProtobufReader.Bytes: bucket.ReadBytes(); break;
                default: bucket.Skip(KnownOfBucket); break;
            }
        }
        return (floatCount > 0 ? floatCount : count, bound);
    }

    private void ReadBucketExemplars(ProtobufReader histogram, IFamilySink sink)
    {
        while (histogram.NextField())
        {
            if (histogram.Tag == (3 << 3 | ProtobufReader.Bytes))
                ReadExemplars(histogram.ReadMessage(), 3, sink);
            else
                histogram.Skip(0);
        }
    }

    /// <summary>The exemplars that stand in a field of a message.</summary>
    private void ReadExemplars(ProtobufReader message, int field, IFamilySink sink)
    {
        while (message.NextField())
        {
            if (message.Tag == (uint)(field << 3 | ProtobufReader.Bytes))
                ReadExemplar(message.ReadMessage(), sink);
            else
                message.Skip(0);
        }
    }

    private void ReadExemplar(ProtobufReader exemplar, IFamilySink sink)
    {
        var value = 0.0;
        long? millis = null;
        _exemplar.Clear();
        while (exemplar.NextField())
        {
            switch (exemplar.Tag)
            {
                // A label is the same message in remote_write.
                case 1 << 3 | ProtobufReader.Bytes: ProtobufWriter.Bytes(_exemplar, 1, exemplar.ReadBytes()); break;
                case 2 << 3 | ProtobufReader.Fixed64: value = exemplar.ReadDouble(); break;
                case 3 << 3 | ProtobufReader.Bytes: millis = ReadTime(exemplar.ReadMessage()); break;
                default: exemplar.Skip(KnownOfExemplar); break;
            }
        }
        if (!exemplar.Failed)
            sink.AddExemplar(_exemplar.WrittenSpan, value, millis);
    }

    /// <summary>google.protobuf.Timestamp: seconds 1, nanos 2.</summary>
    private static long ReadTime(ProtobufReader time)
    {
        var (seconds, nanos) = (0L, 0L);
        while (time.NextField())
        {
            switch (time.Tag)
            {
                case 1 << 3 | ProtobufReader.Varint: seconds = (long)time.ReadVarint(); break;
                case 2 << 3 | ProtobufReader.Varint: nanos = (long)time.ReadVarint(); break;
                default: time.Skip(0b110); break;
            }
        }
        return unchecked((seconds * 1000) + (nanos / 1_000_000));
    }
}
