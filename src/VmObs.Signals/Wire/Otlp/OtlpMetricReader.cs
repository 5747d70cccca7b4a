using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Reads an ExportMetricsServiceRequest into samples.</summary>
/// <remarks>Two passes over each message: the first finds its parts, whose order on the wire is free; the second takes its points.</remarks>
internal sealed class OtlpMetricReader : IDisposable
{
    private const int GaugeField = 5, SumField = 7, HistogramField = 9, ExponentialHistogramField = 10, SummaryField = 11;
    private const int Cumulative = 2;

    private readonly OtlpContext _context;
    private readonly OtlpSeriesLabels _series;
    private readonly OtlpPointReader _points;
    private readonly TargetInfoWriter _targets;
    private readonly MetricNamer _namer;
    private MetricBatch _batch = null!;

    public OtlpMetricReader(OtlpContext context)
    {
        _context = context;
        _series = new OtlpSeriesLabels(context);
        _points = new OtlpPointReader(context, _series);
        _targets = new TargetInfoWriter(context, _series);
        _namer = new MetricNamer(context.Rules.OtlpTranslation);
    }

    public void Read(ref ProtobufReader request, MetricBatch into)
    {
        _batch = into;
        _targets.BeginRequest();
        while (request.NextField())
        {
            if (request.Tag == (1 << 3 | ProtobufReader.Bytes))
                ReadResourceMetrics(request.ReadMessage());
            else
                request.Skip(OtlpSchema.MetricsRequest.Known);
        }
    }

    public void Dispose()
    {
        _points.Dispose();
        _series.Dispose();
        _namer.Dispose();
    }

    private void ReadResourceMetrics(ProtobufReader message)
    {
        var second = message;
        WireSlice resource = default, schemaUrl = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: resource = message.ReadSlice(); break;
                case 3 << 3 | ProtobufReader.Bytes: schemaUrl = message.ReadSlice(); break;
                default: message.Skip(OtlpSchema.ResourceMetrics.Known & ~(1UL << 2)); break;
            }
        }
        var resourceMessage = message.Open(resource, 1);
        _context.ReadResource(ref resourceMessage, message.Span(schemaUrl));
        _series.BeginResource(message.Open(resource, 1));
        _points.LatestUnixNanos = 0;
        while (second.NextField())
        {
            if (second.Tag == (2 << 3 | ProtobufReader.Bytes))
                ReadScopeMetrics(second.ReadMessage());
            else
                second.Skip(0);
        }
        if (!message.Failed && _points.LatestUnixNanos > 0)
            _targets.Add(message.Open(resource, 1), message.Span(schemaUrl), _points.LatestUnixNanos, _batch);
    }

    private void ReadScopeMetrics(ProtobufReader message)
    {
        var second = message;
        WireSlice scope = default, schemaUrl = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: scope = message.ReadSlice(); break;
                case 3 << 3 | ProtobufReader.Bytes: schemaUrl = message.ReadSlice(); break;
                default: message.Skip(OtlpSchema.ScopeMetrics.Known & ~(1UL << 2)); break;
            }
        }
        if (message.Failed)
            return;
        _series.BeginScope(message.Open(scope, 1), message.Span(schemaUrl));
        while (second.NextField())
        {
            if (second.Tag == (2 << 3 | ProtobufReader.Bytes))
                ReadMetric(second.ReadMessage());
            else
                second.Skip(0);
        }
    }

    private void ReadMetric(ProtobufReader message)
    {
        var second = message;
        WireSlice name = default, unit = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: name = message.ReadSlice(); break;
                case 3 << 3 | ProtobufReader.Bytes: unit = message.ReadSlice(); break;
                default: message.Skip(1 << 1 | 1 << 3); break;
            }
        }
        if (message.Failed)
            return;
        var metric = new OtlpMetricHead(message.Span(name), default, message.Span(unit));
        while (second.NextField())
        {
            switch (second.Tag)
            {
                case GaugeField << 3 | ProtobufReader.Bytes: ReadGauge(Named(metric, MetricNameSuffix.Ratio), second.ReadMessage()); break;
                case SumField << 3 | ProtobufReader.Bytes: ReadSum(metric, second.ReadMessage()); break;
                case HistogramField << 3 | ProtobufReader.Bytes: ReadHistogram(Named(metric, MetricNameSuffix.None), second.ReadMessage()); break;
                case ExponentialHistogramField << 3 | ProtobufReader.Bytes: RefuseType(metric, second.ReadMessage(), "an exponential histogram"); break;
                case SummaryField << 3 | ProtobufReader.Bytes: RefuseType(metric, second.ReadMessage(), "a summary"); break;
                default: second.Skip(OtlpSchema.Metric.Known & ~(1UL << 1 | 1UL << 3)); break;
            }
        }
    }

    private OtlpMetricHead Named(in OtlpMetricHead metric, MetricNameSuffix suffix) =>
        new(metric.Name, _namer.NameOf(metric.Name, metric.Unit, suffix), metric.Unit);

    private void ReadGauge(in OtlpMetricHead metric, ProtobufReader message)
    {
        while (message.NextField())
        {
            if (message.Tag == (1 << 3 | ProtobufReader.Bytes))
                _points.ReadNumber(metric, MetricKind.Gauge, message.ReadMessage(), _batch);
            else
                message.Skip(OtlpSchema.Gauge.Known);
        }
    }

    private void ReadSum(in OtlpMetricHead metric, ProtobufReader message)
    {
        var second = message;
        ulong temporality = 0, monotonic = 0;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 2 << 3 | ProtobufReader.Varint: temporality = message.ReadVarint(); break;
                case 3 << 3 | ProtobufReader.Varint: monotonic = message.ReadVarint(); break;
                default: message.Skip(OtlpSchema.Sum.Known & ~(1UL << 1)); break;
            }
        }
        var named = Named(metric, monotonic != 0 ? MetricNameSuffix.Total : MetricNameSuffix.None);
        while (second.NextField())
        {
            if (second.Tag != (1 << 3 | ProtobufReader.Bytes))
                second.Skip(0);
            else if (temporality == Cumulative)
                _points.ReadNumber(named, monotonic != 0 ? MetricKind.Counter : MetricKind.UpDownCounter, second.ReadMessage(), _batch);
            else
                RefuseTemporality(metric, ref second, temporality);
        }
    }

    private void ReadHistogram(in OtlpMetricHead metric, ProtobufReader message)
    {
        var second = message;
        ulong temporality = 0;
        while (message.NextField())
        {
            if (message.Tag == (2 << 3 | ProtobufReader.Varint))
                temporality = message.ReadVarint();
            else
                message.Skip(OtlpSchema.Histogram.Known & ~(1UL << 1));
        }
        while (second.NextField())
        {
            if (second.Tag != (1 << 3 | ProtobufReader.Bytes))
                second.Skip(0);
            else if (temporality == Cumulative)
                _points.ReadHistogram(metric, second.ReadMessage(), _batch);
            else
                RefuseTemporality(metric, ref second, temporality);
        }
    }

    private void RefuseTemporality(in OtlpMetricHead metric, ref ProtobufReader message, ulong temporality)
    {
        message.ReadSlice();
        if (message.Failed)
            return;
        _batch.Refusals.Count(
            RefusalReason.UnsupportedTemporality,
            $"metric {metric.Name} of {_context.Service}: got {(temporality == 1 ? "delta temporality" : "no temporality")}, want cumulative");
    }

    private void RefuseType(in OtlpMetricHead metric, ProtobufReader message, string type)
    {
        while (message.NextField())
        {
            if (message.Tag != (1 << 3 | ProtobufReader.Bytes))
            {
                message.Skip(OtlpSchema.OtherMetric.Known);
                continue;
            }
            message.ReadSlice();
            if (!message.Failed)
            {
                _batch.Refusals.Count(
                    RefusalReason.UnsupportedType, $"metric {metric.Name} of {_context.Service}: got {type}, want a gauge, a sum or a histogram with bounds");
            }
        }
    }
}
