using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Reads the data points of gauges and sums: one sample each.</summary>
internal sealed class OtlpNumberReader(OtlpContext context, OtlpKnownPoints points, OtlpSeriesWriter series, OtlpDetails details)
{
    private const uint AttributesTag = 7 << 3 | ProtobufReader.Bytes;

    /// <summary>Reads a NumberDataPoint.</summary>
    public void Read(in OtlpMetricHead metric, MetricKind kind, ProtobufReader message, MetricBatch into)
    {
        var second = message;
        ulong time = 0, flags = 0;
        double value = 0;
        // Where the attribute fields stand. Senders write them one after another; bytes with a time or a value among them would not come again.
        int from = 0, to = 0;
        var isOneRun = true;
        details.BeginPoint();
        for (var at = message.Position; message.NextField(); at = message.Position)
        {
            switch (message.Tag)
            {
                case 3 << 3 | ProtobufReader.Fixed64: time = message.ReadFixed64(); break;
                case 4 << 3 | ProtobufReader.Fixed64: value = message.ReadDouble(); break;
                case 5 << 3 | ProtobufReader.Bytes: details.Exemplars.Read(ref message); break;
                case 6 << 3 | ProtobufReader.Fixed64: value = (long)message.ReadFixed64(); break;
                case AttributesTag:
                    message.ReadSlice();
                    isOneRun &= to == 0 || to == at;
                    (from, to) = (to == 0 ? at : from, message.Position);
                    break;
                case 8 << 3 | ProtobufReader.Varint: flags = message.ReadVarint(); break;
                default: message.Skip(OtlpSchema.NumberDataPoint.Known); break;
            }
        }
        if (message.Failed)
            return;
        var known = isOneRun ? points.Find(metric.SeriesName, message.Span(new WireSlice(from, to - from))) : null;
        if (known is not null && series.TryBeginKnown(metric, time, flags, into))
        {
            series.AddKnown(metric, known, kind, value);
            details.AddExemplars(ref message, time, into);
        }
        else if (known is null && TryBegin(metric, second, time, flags, into))
        {
            var identity = series.Add(metric, default, kind, value);
            if (isOneRun)
                points.Add(identity);
            details.AddExemplars(ref message, time, into);
        }
        context.Attributes.Release(0);
    }

    /// <summary>Reads the attributes of a point whose series is not known, and begins it.</summary>
    private bool TryBegin(in OtlpMetricHead metric, ProtobufReader message, ulong time, ulong flags, MetricBatch into)
    {
        while (message.NextField())
        {
            if (message.Tag == AttributesTag)
                context.Attributes.Read(ref message);
            else
                message.Skip(0);
        }
        return series.TryBegin(metric, ref message, time, flags, into);
    }
}
