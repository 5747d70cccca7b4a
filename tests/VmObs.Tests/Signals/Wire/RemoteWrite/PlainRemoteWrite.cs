using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf.Collections;
using Prometheus.Remote;
using VmObs.Signals;
using VmObs.Signals.Metrics;
using VmObs.Signals.Wire;
using VmObs.Tests.Signals.Wire.Plain;

namespace VmObs.Tests.Signals.Wire.RemoteWrite;

/// <summary>What remote_write means, written down plainly over the generated classes.</summary>
internal static class PlainRemoteWrite
{
    private static readonly string[] s_suffixes = ["_bucket", "_count", "_total", "_sum", "_info", "_gcount", "_gsum"];

    public static string Map(WriteRequest request)
    {
        var batch = new PlainBatch();
        foreach (var series in request.Timeseries)
            Map(series, request, batch);
        return batch.ToString();
    }

    /// <summary>The metadata of a series: that of its name, else of its family's.</summary>
    public static MetricMetadata? MetadataOf(string name, WriteRequest request) =>
        request.Metadata.LastOrDefault(family => family.MetricFamilyName == name)
        ?? s_suffixes.Where(suffix => name.EndsWith(suffix, StringComparison.Ordinal)).Select(suffix => request.Metadata.LastOrDefault(family => family.MetricFamilyName == name[..^suffix.Length])).FirstOrDefault();

    private static void Map(TimeSeries series, WriteRequest request, PlainBatch batch)
    {
        var labels = series.Labels.Where(label => label.Name.Length > 0).ToDictionary(label => label.Name, label => label.Value);
        var name = labels.GetValueOrDefault("__name__", "");
        if (name.Length == 0 || series.Labels.Any(label => label.Name.Length == 0))
        {
            for (var i = series.Samples.Count + series.Histograms.Count + series.Exemplars.Count; i > 0; i--)
                batch.Refuse(name.Length == 0 ? RefusalReason.InvalidMetricName : RefusalReason.InvalidLabels);
            return;
        }
        labels["node"] = First(Short(labels.GetValueOrDefault("node", "")), HostOf(labels.GetValueOrDefault("instance", "")), "unknown");
        labels["service"] = First(labels.GetValueOrDefault("service", ""), labels.GetValueOrDefault("job", ""), "unknown_service");
        var metadata = MetadataOf(name, request);
        foreach (var sample in series.Samples.Where(sample => IsTimely(sample.Timestamp, batch)))
            Add(labels, KindOf(metadata), metadata, sample.Timestamp, sample.Value, "", batch);
        foreach (var histogram in series.Histograms)
            Map(histogram, labels, metadata, batch);
        labels["__name__"] = name + "_exemplars";
        foreach (var exemplar in series.Exemplars.Where(exemplar => IsTimely(exemplar.Timestamp, batch)))
            Add(labels, MetricKind.Exemplar, metadata, exemplar.Timestamp, exemplar.Value, $" {{\"exemplars\":[{Json(exemplar)}]}}", batch);
    }

    private static void Map(Histogram histogram, Dictionary<string, string> labels, MetricMetadata? metadata, PlainBatch batch)
    {
        var isStale = BitConverter.DoubleToUInt64Bits(histogram.Sum) == 0x7ff0000000000002;
        var json = isStale ? "" : Json(histogram);
        if (json is null)
            batch.Refuse(RefusalReason.InvalidHistogram);
        else if (IsTimely(histogram.Timestamp, batch))
            Add(labels, MetricKind.ExponentialHistogram, metadata, histogram.Timestamp, isStale ? histogram.Sum : Count(histogram), isStale ? "" : " " + json, batch);
    }

    private static double Count(Histogram histogram) => histogram.CountCase == Histogram.CountOneofCase.CountFloat ? histogram.CountFloat : histogram.CountInt;

    private static void Add(Dictionary<string, string> labels, MetricKind kind, MetricMetadata? metadata, long millis, double value, string detail, PlainBatch batch) =>
        batch.Add($"{PlainBatch.Labels(labels)} {kind} {metadata?.Unit} {millis * 1_000_000} " +
            (double.IsNaN(value) ? $"NaN:{BitConverter.DoubleToUInt64Bits(value):x}" : value.ToString("R", CultureInfo.InvariantCulture)) + detail);

    private static string? Json(Histogram histogram)
    {
        var isFloat = histogram.CountCase == Histogram.CountOneofCase.CountFloat;
        var zero = histogram.ZeroCountCase == Histogram.ZeroCountOneofCase.ZeroCountFloat ? histogram.ZeroCountFloat : histogram.ZeroCountInt;
        var positive = Buckets(histogram.PositiveSpans, isFloat ? histogram.PositiveCounts : Sums(histogram.PositiveDeltas));
        var negative = Buckets(histogram.NegativeSpans, isFloat ? histogram.NegativeCounts : Sums(histogram.NegativeDeltas));
        if (histogram.Schema is not (-53 or >= -9 and <= 52) || positive is null || negative is null)
            return null;
        var total = zero + positive.Sum() + negative.Sum();
        if (total != Count(histogram) && !(double.IsNaN(histogram.Sum) && total < Count(histogram)))
            return null;
        var json = new StringBuilder("{\"histogram\":{");
        json.Append(histogram.Schema == -53 ? $"\"bounds\":[{string.Join(',', histogram.CustomValues.Select(Number))}]" : $"\"scale\":{histogram.Schema}");
        json.Append($",\"count\":{Number(Count(histogram))},\"sum\":{Number(histogram.Sum)},\"zero_count\":{Number(zero)},\"zero_threshold\":{Number(histogram.ZeroThreshold)}");
        if (histogram.ResetHint == Histogram.Types.ResetHint.Gauge)
            json.Append(",\"gauge\":true");
        Append("positive", histogram.PositiveSpans, positive);
        Append("negative", histogram.NegativeSpans, negative);
        return json.Append("}}").ToString();

        void Append(string member, RepeatedField<BucketSpan> spans, List<double> counts)
        {
            if (spans.Count > 0)
                json.Append($",\"{member}\":{{\"offset\":{spans[0].Offset - (histogram.Schema == -53 ? 0 : 1)},\"counts\":[{string.Join(',', counts.Select(Number))}]}}");
        }
    }

    private static List<double> Sums(IEnumerable<long> deltas)
    {
        long sum = 0;
        return [.. deltas.Select(delta => (double)(sum += delta))];
    }

    /// <summary>The counts with the gaps between spans as zeros; null when they do not fit together.</summary>
    private static List<double>? Buckets(RepeatedField<BucketSpan> spans, IList<double> counts)
    {
        if (spans.Sum(span => span.Length) != counts.Count || spans.Skip(1).Any(span => span.Offset < 0) || counts.Any(count => count < 0))
            return null;
        var (all, next) = (new List<double>(), 0);
        for (var i = 0; i < spans.Count; i++)
        {
            if (i > 0)
                all.AddRange(Enumerable.Repeat(0d, spans[i].Offset));
            all.AddRange(counts.Skip(next).Take((int)spans[i].Length));
            next += (int)spans[i].Length;
        }
        return all;
    }

    private static string Json(Exemplar exemplar)
    {
        var ids = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var others = new List<string>();
        foreach (var label in exemplar.Labels)
        {
            if (label.Name is "trace_id" or "traceID" && label.Value.Length == 32)
                ids["0trace_id"] = label.Value;
            else if (label.Name is "span_id" or "spanID" && label.Value.Length == 16)
                ids["1span_id"] = label.Value;
            else
                others.Add($"{Text(label.Name)}:{Text(label.Value)}");
        }
        return $"{{\"timestamp\":\"{Rfc3339.Format(exemplar.Timestamp * 1_000_000)}\",\"value\":{Number(exemplar.Value)}"
            + string.Concat(ids.Select(id => $",\"{id.Key[1..]}\":\"{id.Value.ToLowerInvariant()}\""))
            + (others.Count > 0 ? $",\"labels\":{{{string.Join(',', others)}}}" : "") + "}";
    }

    private static string Number(double value) =>
        double.IsFinite(value) ? value == 1e300 ? "1e+300" : value.ToString("R", CultureInfo.InvariantCulture)
        : double.IsNaN(value) ? "\"NaN\"" : value > 0 ? "\"+Inf\"" : "\"-Inf\"";

    private static string Text(string text) => $"\"{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static bool IsTimely(long millis, PlainBatch batch)
    {
        RefusalReason? fault = millis is > long.MaxValue / 1_000_000 or < long.MinValue / 1_000_000 ? RefusalReason.InvalidTimestamp
            : millis * 1_000_000 > Wiring.Arrival + 600_000_000_000 ? RefusalReason.TooFarAhead : null;
        if (fault is { } reason)
            batch.Refuse(reason);
        return fault is null;
    }

    private static MetricKind KindOf(MetricMetadata? metadata) => (int)(metadata?.Type ?? 0) switch
    {
        1 => MetricKind.Counter,
        2 or 4 or 7 => MetricKind.Gauge,
        3 => MetricKind.Histogram,
        5 => MetricKind.Summary,
        6 => MetricKind.Info,
        _ => MetricKind.Unknown,
    };

    private static string First(params string[] texts) => texts.First(text => text.Length > 0);

    private static string Short(string node) => node.StartsWith("did:vm:node:", StringComparison.Ordinal) ? node["did:vm:node:".Length..] : node;

    private static string HostOf(string instance) => instance switch
    {
        "brick-01:9100" => "brick-01",
        "[::1]:9100" => "::1",
        _ => instance,
    };
}
