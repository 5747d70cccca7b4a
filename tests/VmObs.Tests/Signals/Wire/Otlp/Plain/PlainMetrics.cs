using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;
using VmObs.Signals;
using VmObs.Signals.Metrics;
using VmObs.Signals.Wire;
using VmObs.Signals.Wire.Otlp;
using VmObs.Tests.Signals.Wire.Plain;

namespace VmObs.Tests.Signals.Wire.Otlp.Plain;

/// <summary>Maps metric requests the plain way. Metrics' names are those of <see cref="MetricNameText"/>, which has its own tests.</summary>
internal sealed class PlainMetrics(IngestRules rules)
{
    private static readonly double[] s_bounds = [-2, 0.005, 1, 1e6];
    private static readonly string[] s_boundTexts = ["-2", "0.005", "1", "1000000"];

    private readonly PlainBatch _batch = new();
    private readonly HashSet<string> _targets = [];
    private PlainSeries _series = null!;
    private Metric _metric = null!;
    private ulong _latest;

    public static string Map(ExportMetricsServiceRequest request, IngestRules rules)
    {
        var mapping = new PlainMetrics(rules);
        foreach (var group in request.ResourceMetrics)
            mapping.Map(group);
        return mapping._batch.ToString();
    }

    private void Map(ResourceMetrics group)
    {
        _latest = 0;
        foreach (var scope in group.ScopeMetrics)
        {
            _series = new PlainSeries(group, scope.Scope, scope.SchemaUrl, rules);
            foreach (var metric in scope.Metrics)
                Map(metric);
        }
        var (target, fits) = new PlainSeries(group, null, "", rules).TargetInfo();
        if (_latest == 0 || target is null)
            return;
        if (!fits)
            _batch.Refuse(RefusalReason.InvalidLabels);
        else if (_targets.Add(PlainBatch.Labels(target)))
            _batch.Add($"{PlainBatch.Labels(target)} Info  {_latest} 1");
    }

    private void Map(Metric metric)
    {
        _metric = metric;
        switch (metric.DataCase)
        {
            case Metric.DataOneofCase.Gauge: Numbers(metric.Gauge.DataPoints, MetricNameSuffix.Ratio, MetricKind.Gauge); break;
            case Metric.DataOneofCase.Sum when metric.Sum.IsMonotonic: Numbers(metric.Sum.DataPoints, MetricNameSuffix.Total, Kind(metric.Sum.AggregationTemporality, MetricKind.Counter)); break;
            case Metric.DataOneofCase.Sum: Numbers(metric.Sum.DataPoints, MetricNameSuffix.None, Kind(metric.Sum.AggregationTemporality, MetricKind.UpDownCounter)); break;
            case Metric.DataOneofCase.Histogram:
                foreach (var point in metric.Histogram.DataPoints)
                    Histogram(point, Kind(metric.Histogram.AggregationTemporality, MetricKind.Histogram));
                break;
            case Metric.DataOneofCase.ExponentialHistogram:
                foreach (var point in metric.ExponentialHistogram.DataPoints)
                    Exponential(point, Kind(metric.ExponentialHistogram.AggregationTemporality, MetricKind.ExponentialHistogram));
                break;
            case Metric.DataOneofCase.Summary:
                foreach (var point in metric.Summary.DataPoints)
                    Summary(point);
                break;
        }
    }

    private static MetricKind? Kind(AggregationTemporality temporality, MetricKind cumulative) => temporality switch
    {
        AggregationTemporality.Cumulative => cumulative,
        AggregationTemporality.Delta => cumulative switch
        {
            MetricKind.Histogram => MetricKind.DeltaHistogram,
            MetricKind.ExponentialHistogram => MetricKind.DeltaExponentialHistogram,
            _ => MetricKind.DeltaCounter,
        },
        _ => null,
    };

    private void Numbers(RepeatedField<NumberDataPoint> points, MetricNameSuffix suffix, MetricKind? kind)
    {
        foreach (var point in points)
        {
            if (Begin(point.TimeUnixNano, point.Attributes, suffix, kind, null) is not { } labels)
                continue;
            var value = point.ValueCase == NumberDataPoint.ValueOneofCase.AsInt ? point.AsInt : point.AsDouble;
            Add(labels, "", kind, point.TimeUnixNano, point.Flags, value, Exemplars(point.Exemplars, point.TimeUnixNano));
        }
    }

    private void Histogram(HistogramDataPoint point, MetricKind? kind)
    {
        var (time, flags) = (point.TimeUnixNano, point.Flags);
        var bad = (point.BucketCounts.Count > 0 || point.ExplicitBounds.Count > 0) && point.BucketCounts.Count != point.ExplicitBounds.Count + 1;
        bad |= point.ExplicitBounds.Where((bound, i) => !double.IsFinite(bound) || (i > 0 && bound <= point.ExplicitBounds[i - 1])).Any();
        bad |= point.BucketCounts.Count > 0 && point.BucketCounts.Aggregate(0UL, static (total, count) => total + count) != point.Count;
        if (Begin(time, point.Attributes, MetricNameSuffix.None, kind, bad && flags == 0 ? RefusalReason.InvalidHistogram : null) is not { } labels)
            return;
        var bounds = point.ExplicitBounds.Append(double.PositiveInfinity).ToList();
        for (var i = 0; i < bounds.Count; i++)
        {
            var value = i == bounds.Count - 1 ? point.Count : flags != 0 ? 0 : point.BucketCounts.Take(i + 1).Aggregate(0UL, static (total, count) => total + count);
            var mine = point.Exemplars.Where(exemplar => FirstAtLeast(bounds, Value(exemplar)) == i);
            labels["le"] = i == bounds.Count - 1 ? "+Inf" : double.IsFinite(bounds[i]) ? s_boundTexts[Array.IndexOf(s_bounds, bounds[i])] : "+Inf";
            Add(labels, "_bucket", kind, time, flags, value, Exemplars(mine, time));
        }
        labels = Begin(time, point.Attributes, MetricNameSuffix.None, kind, null)!;
        string[] extremes = [.. point.HasMin ? [$"\"min\":{PlainValues.Json(point.Min)}"] : (string[])[], .. point.HasMax ? [$"\"max\":{PlainValues.Json(point.Max)}"] : (string[])[]];
        Add(labels, "_count", kind, time, flags, point.Count, extremes.Length > 0 ? $"{{\"histogram\":{{{string.Join(',', extremes)}}}}}" : "");
        if (point.HasSum || flags != 0)
            Add(labels, "_sum", kind, time, flags, point.Sum, "");
    }

    private void Exponential(ExponentialHistogramDataPoint point, MetricKind? kind)
    {
        var total = new[] { point.Positive, point.Negative }.OfType<ExponentialHistogramDataPoint.Types.Buckets>().SelectMany(b => b.BucketCounts).Aggregate(point.ZeroCount, static (sum, count) => unchecked(sum + count));
        if (Begin(point.TimeUnixNano, point.Attributes, MetricNameSuffix.None, kind, total != point.Count && point.Flags == 0 ? RefusalReason.InvalidHistogram : null) is not { } labels)
            return;
        var json = $"{{\"histogram\":{{\"scale\":{point.Scale},\"count\":{Count(point.Count)}";
        json += point.HasSum ? $",\"sum\":{PlainValues.Json(point.Sum)}" : "";
        json += $",\"zero_count\":{Count(point.ZeroCount)},\"zero_threshold\":{PlainValues.Json(point.ZeroThreshold)}";
        json += (point.HasMin ? $",\"min\":{PlainValues.Json(point.Min)}" : "") + (point.HasMax ? $",\"max\":{PlainValues.Json(point.Max)}" : "");
        json += Buckets("positive", point.Positive) + Buckets("negative", point.Negative) + "}";
        json += Exemplars(point.Exemplars, point.TimeUnixNano) is { Length: > 0 } exemplars ? $",{exemplars[1..]}" : "}";
        Add(labels, "", kind, point.TimeUnixNano, point.Flags, point.Count, point.Flags != 0 ? "" : json);

        static string Count(ulong count) => count < 1UL << 53 ? $"{count}" : $"\"{count}\"";
        static string Buckets(string name, ExponentialHistogramDataPoint.Types.Buckets? buckets) =>
            buckets is null ? "" : $",\"{name}\":{{\"offset\":{buckets.Offset},\"counts\":[{string.Join(',', buckets.BucketCounts.Select(Count))}]}}";
    }

    private void Summary(SummaryDataPoint point)
    {
        if (Begin(point.TimeUnixNano, point.Attributes, MetricNameSuffix.None, MetricKind.Summary, null) is not { } labels)
            return;
        foreach (var quantile in point.QuantileValues)
        {
            var own = new Dictionary<string, string>(labels) { ["quantile"] = quantile.Quantile == 0.99 ? "0.99" : PlainValues.Number(quantile.Quantile) };
            Add(own, "", MetricKind.Summary, point.TimeUnixNano, point.Flags, quantile.Value, "");
        }
        Add(labels, "_sum", MetricKind.Summary, point.TimeUnixNano, point.Flags, point.Sum, "");
        Add(labels, "_count", MetricKind.Summary, point.TimeUnixNano, point.Flags, point.Count, "");
    }

    /// <summary>The labels of a point with its metric's name; null when it is refused.</summary>
    private Dictionary<string, string>? Begin(ulong time, RepeatedField<KeyValue> attributes, MetricNameSuffix suffix, MetricKind? kind, RefusalReason? bad)
    {
        var name = MetricNameText.Translate(_metric.Name, _metric.Unit, suffix, rules.OtlpTranslation);
        var labels = _series.Of(attributes);
        var fault = kind is null ? RefusalReason.UnsupportedTemporality
            : bad ?? (name.Length == 0 || _metric.Name.Length == 0 ? RefusalReason.InvalidMetricName
            : PlainBatch.FaultOf(time) ?? (labels is null ? RefusalReason.InvalidLabels : (RefusalReason?)null));
        if (fault is { } reason)
        {
            _batch.Refuse(reason);
            return null;
        }
        labels!["__name__"] = name;
        return labels;
    }

    private void Add(Dictionary<string, string> labels, string suffix, MetricKind? kind, ulong time, uint flags, double value, string detail)
    {
        _latest = Math.Max(_latest, time);
        var named = new Dictionary<string, string>(labels) { ["__name__"] = labels["__name__"] + suffix };
        value = flags != 0 ? BitConverter.UInt64BitsToDouble(0x7ff0000000000002) : value;
        var text = double.IsNaN(value) ? $"NaN:{BitConverter.DoubleToUInt64Bits(value):x}" : value.ToString("R");
        _batch.Add($"{PlainBatch.Labels(named)} {kind} {_metric.Unit} {time} {text}{(detail.Length > 0 ? " " + detail : "")}");
    }

    private static double Value(Exemplar exemplar) => exemplar.ValueCase == Exemplar.ValueOneofCase.AsInt ? exemplar.AsInt : exemplar.AsDouble;

    private static int FirstAtLeast(List<double> bounds, double value) => bounds.FindIndex(bound => value <= bound) is >= 0 and var i ? i : bounds.Count - 1;

    private static string Exemplars(IEnumerable<Exemplar> exemplars, ulong pointTime)
    {
        var list = exemplars.Select(exemplar =>
        {
            var time = exemplar.TimeUnixNano is > 0 and <= long.MaxValue ? exemplar.TimeUnixNano : pointTime;
            var labels = PlainValues.Last(exemplar.FilteredAttributes).Select(pair => $"{PlainValues.Json(pair.Key)}:{PlainValues.Json(PlainValues.Label(pair.Value))}").ToList();
            return $"{{\"timestamp\":\"{Rfc3339.Format((long)time)}\",\"value\":{PlainValues.Json(Value(exemplar))}"
                + (PlainValues.IsId(exemplar.TraceId, 16) ? $",\"trace_id\":\"{PlainValues.Hex(exemplar.TraceId)}\"" : "")
                + (PlainValues.IsId(exemplar.SpanId, 8) ? $",\"span_id\":\"{PlainValues.Hex(exemplar.SpanId)}\"" : "")
                + (labels.Count > 0 ? $",\"labels\":{{{string.Join(',', labels)}}}" : "") + "}";
        }).ToList();
        return list.Count == 0 ? "" : $"{{\"exemplars\":[{string.Join(',', list)}]}}";
    }
}
