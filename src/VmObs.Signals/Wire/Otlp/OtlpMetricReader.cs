using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Reads an ExportMetricsServiceRequest into samples.</summary>
/// <remarks>Two passes over each message: the first finds its parts, whose order on the wire is free; the second takes its points.</remarks>
internal sealed class OtlpMetricReader : IDisposable
{
    private const int GaugeField = 5, SumField = 7, HistogramField = 9, ExponentialHistogramField = 10, SummaryField = 11;
    private const ulong Delta = 1, Cumulative = 2;

    private readonly OtlpContext _context;
    private readonly OtlpSeriesLabels _labels;
    private readonly OtlpSeriesWriter _series;
    private readonly OtlpDetails _details;
    private readonly OtlpKnownPoints _points;
    private readonly OtlpNumberReader _numbers;
    private readonly OtlpHistogramReader _histograms;
    private readonly OtlpExponentialHistogramReader _exponentials;
    private readonly OtlpSummaryReader _summaries;
    private readonly TargetInfoWriter _targets;
    private readonly MetricNamer _namer;
    private MetricBatch _batch = null!;

    public OtlpMetricReader(OtlpContext context)
    {
        _context = context;
        _labels = new OtlpSeriesLabels(context);
        _series = new OtlpSeriesWriter(context, _labels);
        _details = new OtlpDetails(context);
        _points = new OtlpKnownPoints(_labels, context.Interner);
        _numbers = new OtlpNumberReader(context, _points, _series, _details);
        _histograms = new OtlpHistogramReader(context, _series, _details);
        _exponentials = new OtlpExponentialHistogramReader(context, _series, _details);
        _summaries = new OtlpSummaryReader(context, _series);
        _targets = new TargetInfoWriter(context, _labels);
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
        _labels.Dispose();
        _series.Dispose();
        _points.Dispose();
        _details.Dispose();
        _histograms.Dispose();
        _summaries.Dispose();
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
                case 1 << 3 | ProtobufReader.Bytes: resource = message.ReadOnce(resource); break;
                case 3 << 3 | ProtobufReader.Bytes: schemaUrl = message.ReadSlice(); break;
                default: message.Skip(OtlpSchema.ResourceMetrics.Known & ~(1UL << 2)); break;
            }
        }
        var resourceMessage = message.Open(resource, 1);
        _context.ReadResource(ref resourceMessage, message.Span(schemaUrl));
        _labels.BeginResource(message.Open(resource, 1));
        _series.LatestUnixNanos = 0;
        while (second.NextField())
        {
            if (second.Tag == (2 << 3 | ProtobufReader.Bytes))
                ReadScopeMetrics(second.ReadMessage());
            else
                second.Skip(0);
        }
        if (!message.Failed && _series.LatestUnixNanos > 0)
            _targets.Add(message.Open(resource, 1), message.Span(schemaUrl), _series.LatestUnixNanos, _batch);
    }

    private void ReadScopeMetrics(ProtobufReader message)
    {
        var second = message;
        WireSlice scope = default, schemaUrl = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: scope = message.ReadOnce(scope); break;
                case 3 << 3 | ProtobufReader.Bytes: schemaUrl = message.ReadSlice(); break;
                default: message.Skip(OtlpSchema.ScopeMetrics.Known & ~(1UL << 2)); break;
            }
        }
        if (message.Failed)
            return;
        _labels.BeginScope(message.Open(scope, 1), message.Span(schemaUrl));
        _points.BeginScope();
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
        WireSlice name = default, unit = default, points = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: name = message.ReadSlice(); break;
                case 3 << 3 | ProtobufReader.Bytes: unit = message.ReadSlice(); break;
                case GaugeField << 3 | ProtobufReader.Bytes:
                case SumField << 3 | ProtobufReader.Bytes:
                case HistogramField << 3 | ProtobufReader.Bytes:
                case ExponentialHistogramField << 3 | ProtobufReader.Bytes:
                case SummaryField << 3 | ProtobufReader.Bytes: points = message.ReadOnce(points); break;
                default: message.Skip(OtlpSchema.Metric.Known); break;
            }
        }
        if (message.Failed)
            return;
        var metric = new OtlpMetricHead(message.Span(name), default, message.Span(unit));
        while (second.NextField())
        {
            switch (second.Tag)
            {
                case GaugeField << 3 | ProtobufReader.Bytes: ReadGauge(metric, second.ReadMessage()); break;
                case SumField << 3 | ProtobufReader.Bytes: ReadSum(metric, second.ReadMessage()); break;
                case HistogramField << 3 | ProtobufReader.Bytes: ReadHistogram(metric, second.ReadMessage()); break;
                case ExponentialHistogramField << 3 | ProtobufReader.Bytes: ReadExponentialHistogram(metric, second.ReadMessage()); break;
                case SummaryField << 3 | ProtobufReader.Bytes: ReadSummary(metric, second.ReadMessage()); break;
                default: second.Skip(0); break;
            }
        }
    }

    private OtlpMetricHead Named(in OtlpMetricHead metric, MetricNameSuffix suffix = MetricNameSuffix.None) =>
        new(metric.Name, _namer.NameOf(metric.Name, metric.Unit, suffix), metric.Unit);

    private void ReadGauge(in OtlpMetricHead metric, ProtobufReader message)
    {
        var named = Named(metric, MetricNameSuffix.Ratio);
        while (message.NextField())
        {
            if (message.Tag == (1 << 3 | ProtobufReader.Bytes))
                _numbers.Read(named, MetricKind.Gauge, message.ReadMessage(), _batch);
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
        var kind = temporality == Delta ? MetricKind.DeltaCounter : monotonic != 0 ? MetricKind.Counter : MetricKind.UpDownCounter;
        while (NextPoint(ref second, metric.Name, temporality))
            _numbers.Read(named, kind, second.ReadMessage(), _batch);
    }

    private void ReadHistogram(in OtlpMetricHead metric, ProtobufReader message)
    {
        var temporality = ReadTemporality(message);
        var named = Named(metric);
        while (NextPoint(ref message, metric.Name, temporality))
            _histograms.Read(named, temporality == Delta ? MetricKind.DeltaHistogram : MetricKind.Histogram, message.ReadMessage(), _batch);
    }

    private void ReadExponentialHistogram(in OtlpMetricHead metric, ProtobufReader message)
    {
        var temporality = ReadTemporality(message);
        var named = Named(metric);
        while (NextPoint(ref message, metric.Name, temporality))
            _exponentials.Read(named, temporality == Delta ? MetricKind.DeltaExponentialHistogram : MetricKind.ExponentialHistogram, message.ReadMessage(), _batch);
    }

    private void ReadSummary(in OtlpMetricHead metric, ProtobufReader message)
    {
        var named = Named(metric);
        while (message.NextField())
        {
            if (message.Tag == (1 << 3 | ProtobufReader.Bytes))
                _summaries.Read(named, message.ReadMessage(), _batch);
            else
                message.Skip(OtlpSchema.Summary.Known);
        }
    }

    /// <summary>Reads what both kinds of histograms have in field 2.</summary>
    private static ulong ReadTemporality(ProtobufReader message)
    {
        var temporality = 0UL;
        while (message.NextField())
        {
            if (message.Tag == (2 << 3 | ProtobufReader.Varint))
                temporality = message.ReadVarint();
            else
                message.Skip(OtlpSchema.Histogram.Known & ~(1UL << 1));
        }
        return temporality;
    }

    /// <summary>Moves to the next point that is to be read; points without temporality are refused, for nothing says what they mean.</summary>
    private bool NextPoint(ref ProtobufReader message, scoped ReadOnlySpan<byte> metric, ulong temporality)
    {
        while (message.NextField())
        {
            if (message.Tag != (1 << 3 | ProtobufReader.Bytes))
            {
                message.Skip(1UL << 1);
                continue;
            }
            if (temporality is Delta or Cumulative)
                return true;
            message.ReadSlice();
            if (!message.Failed)
                _batch.Refusals.Count(RefusalReason.UnsupportedTemporality, $"metric {metric} of {_context.Service}: got no temporality, want delta or cumulative");
        }
        return false;
    }
}
