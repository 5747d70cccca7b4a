using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using VmObs.Signals.Wire.Otlp;

namespace VmObs.Telemetry;

/// <summary>The engine's own metrics as others scrape them: Prometheus's text format 0.0.4 or OpenMetrics 1.0.</summary>
/// <remarks>Names are those under which the engine keeps them itself. Thread-safe.</remarks>
internal sealed class OwnMetrics : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Writer _writer = new();

    public OwnMetrics() => Reader = new BaseExportingMetricReader(_writer) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };

    /// <summary>To be added to the provider whose metrics are shown.</summary>
    public MetricReader Reader { get; }

    /// <summary>What they are now.</summary>
    public string Read(bool isOpenMetrics)
    {
        lock (_lock)
        {
            _writer.Begin(isOpenMetrics);
            Reader.Collect();
            return _writer.End();
        }
    }

    public void Dispose() => Reader.Dispose();

    private sealed class Writer : BaseExporter<Metric>
    {
        private readonly StringBuilder _text = new();
        private bool _isOpenMetrics;

        public void Begin(bool isOpenMetrics)
        {
            _text.Clear();
            _isOpenMetrics = isOpenMetrics;
        }

        public string End()
        {
            if (_isOpenMetrics)
                _text.Append("# EOF\n");
            return _text.ToString();
        }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
                Write(metric);
            return ExportResult.Success;
        }

        private void Write(Metric metric)
        {
            var isGauge = metric.MetricType is MetricType.LongGauge or MetricType.DoubleGauge;
            var isCounter = metric.MetricType is MetricType.LongSum or MetricType.DoubleSum;
            var name = PrometheusName.OfMetric(metric.Name, metric.Unit, isCounter, isGauge);
            // OpenMetrics names a counter's family without what its samples end with.
            var family = _isOpenMetrics && isCounter ? name[..^"_total".Length] : name;
            var type = metric.MetricType == MetricType.Histogram ? "histogram" : isCounter ? "counter" : "gauge";
            if (metric.Description.Length > 0)
                _text.Append("# HELP ").Append(family).Append(' ').Append(Escape(metric.Description, quotes: _isOpenMetrics)).Append('\n');
            _text.Append("# TYPE ").Append(family).Append(' ').Append(type).Append('\n');
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                if (metric.MetricType == MetricType.Histogram)
                    WriteHistogram(name, point);
                else
                    WriteSample(name, point.Tags, null, ValueOf(metric.MetricType, point));
            }
        }

        private static double ValueOf(MetricType type, in MetricPoint point) => type switch
        {
            MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
            MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
            MetricType.LongGauge => point.GetGaugeLastValueLong(),
            MetricType.DoubleGauge => point.GetGaugeLastValueDouble(),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "BUG: a metric of a type that none of ours has"),
        };

        private void WriteHistogram(string name, in MetricPoint point)
        {
            long count = 0;
            foreach (var bucket in point.GetHistogramBuckets())
            {
                count += bucket.BucketCount;
                WriteSample(name + "_bucket", point.Tags, double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : bucket.ExplicitBound.ToString(CultureInfo.InvariantCulture), count);
            }
            WriteSample(name + "_sum", point.Tags, null, point.GetHistogramSum());
            WriteSample(name + "_count", point.Tags, null, point.GetHistogramCount());
        }

        private void WriteSample(string name, ReadOnlyTagCollection tags, string? le, double value)
        {
            _text.Append(name);
            var separator = '{';
            foreach (var (key, tag) in tags)
            {
                WriteLabel(separator, PrometheusName.OfLabel(key), Convert.ToString(tag, CultureInfo.InvariantCulture) ?? "");
                separator = ',';
            }
            if (le is not null)
            {
                WriteLabel(separator, "le", le);
                separator = ',';
            }
            if (separator == ',')
                _text.Append('}');
            _text.Append(' ').Append(double.IsNaN(value) ? "NaN" : double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
        }

        private void WriteLabel(char separator, string name, string value) =>
            _text.Append(separator).Append(name).Append("=\"").Append(Escape(value, quotes: true)).Append('"');

        private static string Escape(string text, bool quotes)
        {
            var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
        }
    }
}
