using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Reads the data points of exponential histograms: one sample, whose value is the count and whose detail is the histogram.</summary>
/// <remarks><code>{"histogram":{"scale":3,"count":10,"sum":1.5,"zero_count":1,"zero_threshold":0,"min":0.1,"max":9,
/// "positive":{"offset":-2,"counts":[1,0,3]},"negative":{"offset":0,"counts":[5]}}}</code> What was not given is left out.</remarks>
internal sealed class OtlpExponentialHistogramReader(OtlpContext context, OtlpSeriesWriter series, OtlpDetails details)
{
    private const int CountsField = 2;

    /// <summary>Reads an ExponentialHistogramDataPoint.</summary>
    public void Read(in OtlpMetricHead metric, MetricKind kind, ProtobufReader message, MetricBatch into)
    {
        var point = default(ExponentialPoint);
        details.BeginPoint();
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: context.Attributes.Read(ref message); break;
                case 3 << 3 | ProtobufReader.Fixed64: point.Time = message.ReadFixed64(); break;
                case 4 << 3 | ProtobufReader.Fixed64: point.Count = message.ReadFixed64(); break;
                case 5 << 3 | ProtobufReader.Fixed64: point.Sum = message.ReadDouble(); break;
                case 6 << 3 | ProtobufReader.Varint: point.Scale = ZigZag(message.ReadVarint()); break;
                case 7 << 3 | ProtobufReader.Fixed64: point.ZeroCount = message.ReadFixed64(); break;
                case 8 << 3 | ProtobufReader.Bytes: point.Positive = message.ReadOnce(point.Positive); break;
                case 9 << 3 | ProtobufReader.Bytes: point.Negative = message.ReadOnce(point.Negative); break;
                case 10 << 3 | ProtobufReader.Varint: point.Flags = message.ReadVarint(); break;
                case 11 << 3 | ProtobufReader.Bytes: details.Exemplars.Read(ref message); break;
                case 12 << 3 | ProtobufReader.Fixed64: point.Min = message.ReadDouble(); break;
                case 13 << 3 | ProtobufReader.Fixed64: point.Max = message.ReadDouble(); break;
                case 14 << 3 | ProtobufReader.Fixed64: point.ZeroThreshold = message.ReadDouble(); break;
                default: message.Skip(OtlpSchema.ExponentialHistogramDataPoint.Known); break;
            }
        }
        var isStale = OtlpSeriesWriter.IsStale(point.Flags);
        if ((message.Failed || isStale || TryWrite(metric, ref message, point, into)) && series.TryBegin(metric, ref message, point.Time, point.Flags, into))
        {
            series.Add(metric, default, kind, point.Count);
            if (!isStale)
                details.AddHistogram(ref message, point.Time, into);
        }
        context.Attributes.Release(0);
    }

    private static int ZigZag(ulong value) => (int)(uint)(value >> 1) ^ -(int)(value & 1);

    /// <summary>Writes the histogram's JSON; false when it is refused, which is then counted, and when the body is malformed.</summary>
    private bool TryWrite(in OtlpMetricHead metric, ref ProtobufReader message, in ExponentialPoint point, MetricBatch into)
    {
        var json = details.Json;
        json.Write("{\"histogram\":{\"scale\":"u8);
        JsonText.WriteDigits(json, point.Scale);
        json.Write(",\"count\":"u8);
        HistogramJson.WriteCount(json, point.Count);
        if (point.Sum is { } sum)
        {
            json.Write(",\"sum\":"u8);
            JsonText.WriteDouble(json, sum);
        }
        json.Write(",\"zero_count\":"u8);
        HistogramJson.WriteCount(json, point.ZeroCount);
        json.Write(",\"zero_threshold\":"u8);
        JsonText.WriteDouble(json, point.ZeroThreshold);
        HistogramJson.WriteExtremes(json, point.Min, point.Max);
        var total = point.ZeroCount;
        WriteBuckets(ref message, point.Positive, ",\"positive\":"u8, ref total);
        WriteBuckets(ref message, point.Negative, ",\"negative\":"u8, ref total);
        json.WriteByte((byte)'}');
        if (message.Failed)
            return false;
        if (json.Length >= SampleDetail.MaxBytes)
            into.Refusals.Count(RefusalReason.TooLarge, $"metric {metric.Name} of {context.Service}: its buckets are over {SampleDetail.MaxBytes} bytes as JSON, the most taken");
        else if (total != point.Count)
            into.Refusals.Count(RefusalReason.InvalidHistogram, $"metric {metric.Name} of {context.Service}: got a count of {point.Count}, want the sum of its buckets, {total}");
        else
            return true;
        return false;
    }

    /// <summary>Writes a Buckets message that was given; stops once the detail is over its limit.</summary>
    private void WriteBuckets(ref ProtobufReader message, WireSlice slice, ReadOnlySpan<byte> member, ref ulong total)
    {
        if (slice.Offset == 0) // a field's content never stands at 0; an empty message is one that was given
            return;
        var json = details.Json;
        var buckets = message.Open(slice, 1);
        var counts = buckets;
        var offset = 0;
        while (buckets.NextField())
        {
            if (buckets.Tag == (1 << 3 | ProtobufReader.Varint))
                offset = ZigZag(buckets.ReadVarint());
            else if (buckets.Tag == (CountsField << 3 | ProtobufReader.Varint))
                buckets.ReadVarint();
            else
                buckets.Skip(OtlpSchema.Buckets.Known & ~(1UL << CountsField));
        }
        json.Write(member);
        json.Write("{\"offset\":"u8);
        JsonText.WriteDigits(json, offset);
        json.Write(",\"counts\":["u8);
        while (counts.NextField())
        {
            if (counts.Tag == (CountsField << 3 | ProtobufReader.Varint))
            {
                WriteBucket(counts.ReadVarint(), ref total);
            }
            else if (counts.Tag == (CountsField << 3 | ProtobufReader.Bytes))
            {
                var packed = counts.ReadMessage();
                while (packed.HasMore)
                    WriteBucket(packed.ReadVarint(), ref total);
            }
            else
            {
                counts.Skip(1UL << CountsField);
            }
        }
        json.Write("]}"u8);
    }

    private void WriteBucket(ulong count, ref ulong total)
    {
        total = unchecked(total + count);
        var json = details.Json;
        if (json.Length >= SampleDetail.MaxBytes)
            return; // too large already: the rest is only read
        if (json.WrittenSpan[^1] != '[')
            json.WriteByte((byte)',');
        HistogramJson.WriteCount(json, count);
    }

    private struct ExponentialPoint
    {
        public ulong Time, Flags, Count, ZeroCount;
        public double? Sum, Min, Max;
        public double ZeroThreshold;
        public int Scale;
        public WireSlice Positive, Negative;
    }
}
