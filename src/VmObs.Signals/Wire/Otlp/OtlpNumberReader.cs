using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Reads the data points of gauges and sums: one sample each.</summary>
internal sealed class OtlpNumberReader(OtlpContext context, OtlpSeriesWriter series, OtlpDetails details)
{
    /// <summary>Reads a NumberDataPoint.</summary>
    public void Read(in OtlpMetricHead metric, MetricKind kind, ProtobufReader message, MetricBatch into)
    {
        ulong time = 0, flags = 0;
        double value = 0;
        details.BeginPoint();
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 3 << 3 | ProtobufReader.Fixed64: time = message.ReadFixed64(); break;
                case 4 << 3 | ProtobufReader.Fixed64: value = message.ReadDouble(); break;
                case 5 << 3 | ProtobufReader.Bytes: details.Exemplars.Read(ref message); break;
                case 6 << 3 | ProtobufReader.Fixed64: value = (long)message.ReadFixed64(); break;
                case 7 << 3 | ProtobufReader.Bytes: context.Attributes.Read(ref message); break;
                case 8 << 3 | ProtobufReader.Varint: flags = message.ReadVarint(); break;
                default: message.Skip(OtlpSchema.NumberDataPoint.Known); break;
            }
        }
        if (series.TryBegin(metric, ref message, time, flags, into))
        {
            series.Add(metric, default, kind, value);
            details.AddExemplars(ref message, time, into);
        }
        context.Attributes.Release(0);
    }
}
