using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Reads the data points of summaries: a sample a quantile, the sum and the count.</summary>
internal sealed class OtlpSummaryReader(OtlpContext context, OtlpSeriesWriter series) : IDisposable
{
    private const int MaxQuantiles = 4096;

    private readonly PooledBuffer _quantile = new(64);
    private readonly List<(double Quantile, double Value)> _quantiles = [];

    /// <summary>Reads a SummaryDataPoint.</summary>
    public void Read(in OtlpMetricHead metric, ProtobufReader message, MetricBatch into)
    {
        ulong time = 0, flags = 0, count = 0;
        double sum = 0;
        _quantiles.Clear();
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 3 << 3 | ProtobufReader.Fixed64: time = message.ReadFixed64(); break;
                case 4 << 3 | ProtobufReader.Fixed64: count = message.ReadFixed64(); break;
                case 5 << 3 | ProtobufReader.Fixed64: sum = message.ReadDouble(); break;
                case 6 << 3 | ProtobufReader.Bytes: ReadQuantile(message.ReadMessage()); break;
                case 7 << 3 | ProtobufReader.Bytes: context.Attributes.Read(ref message); break;
                case 8 << 3 | ProtobufReader.Varint: flags = message.ReadVarint(); break;
                default: message.Skip(OtlpSchema.SummaryDataPoint.Known); break;
            }
        }
        if (!message.Failed && _quantiles.Count > MaxQuantiles)
            into.Refusals.Count(RefusalReason.TooLarge, $"metric {metric.Name} of {context.Service}: got over {MaxQuantiles} quantiles, the most taken");
        else if (series.TryBegin(metric, ref message, time, flags, into))
        {
            foreach (var (quantile, value) in _quantiles)
            {
                _quantile.Clear();
                NumberText.WriteFixed(_quantile, quantile);
                series.Add(metric, default, MetricKind.Summary, value, "quantile"u8, _quantile.WrittenSpan);
            }
            series.Add(metric, "_sum"u8, MetricKind.Summary, sum);
            series.Add(metric, "_count"u8, MetricKind.Summary, count);
        }
        context.Attributes.Release(0);
    }

    public void Dispose() => _quantile.Dispose();

    private void ReadQuantile(ProtobufReader message)
    {
        double quantile = 0, value = 0;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Fixed64: quantile = message.ReadDouble(); break;
                case 2 << 3 | ProtobufReader.Fixed64: value = message.ReadDouble(); break;
                default: message.Skip(OtlpSchema.ValueAtQuantile.Known); break;
            }
        }
        if (_quantiles.Count <= MaxQuantiles)
            _quantiles.Add((quantile, value));
    }
}
