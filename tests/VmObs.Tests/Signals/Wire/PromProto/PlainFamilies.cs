using System.Globalization;
using Prometheus.Client;

namespace VmObs.Tests.Signals.Wire.PromProto;

/// <summary>The mapping of families to samples once more, plainly, over the generated classes.</summary>
internal static class PlainFamilies
{
    /// <summary>The lines that <see cref="FamilyLines"/> must have.</summary>
    public static IEnumerable<string> Lines(IEnumerable<MetricFamily> families, bool takesNative, bool takesClassicBeside)
    {
        foreach (var family in families)
        {
            yield return $"# TYPE {family.Name} {(family.Type == MetricType.Untyped ? "unknown" : family.Type.ToString().ToLowerInvariant())}";
            foreach (var line in family.Metric.SelectMany(metric => Lines(family.Name, metric, takesNative, takesClassicBeside)))
                yield return line;
        }
    }

    private static IEnumerable<string> Lines(string name, Metric metric, bool takesNative, bool takesClassicBeside)
    {
        long? time = metric.TimestampMs == 0 ? null : metric.TimestampMs;
        string Series(string suffix, string extra = "") => $"{{\"{name}{suffix}\"{string.Concat(metric.Label.Select(static label => $",\"{Escape(label.Name)}\"=\"{Escape(label.Value)}\""))}{extra}}}";
        string Sample(string suffix, double value, string extra = "") => FamilyLines.Sample(Series(suffix, extra), value, time);
        if (metric.Gauge is { } gauge)
            return [Sample("", gauge.Value)];
        if (metric.Untyped is { } untyped)
            return [Sample("", untyped.Value)];
        if (metric.Counter is { } counter)
            return [Sample("", counter.Value), .. Exemplars([counter.Exemplar])];
        if (metric.Summary is { } summary)
            return [.. summary.Quantile.Select(quantile => Sample("", quantile.Value, $",\"quantile\"=\"{Number(quantile.Quantile_)}\"")), Sample("_sum", summary.SampleSum), Sample("_count", summary.SampleCount)];
        var histogram = metric.Histogram;
        var isNative = takesNative && (histogram.PositiveSpan.Count + histogram.NegativeSpan.Count > 0 || histogram.ZeroThreshold > 0 || histogram.ZeroCount > 0 || histogram.ZeroCountFloat > 0);
        var count = histogram.SampleCountFloat > 0 ? histogram.SampleCountFloat : histogram.SampleCount;
        IEnumerable<string> classic =
        [
            .. histogram.Bucket.SelectMany(bucket => Exemplars([bucket.Exemplar]).Prepend(
                Sample("_bucket", bucket.CumulativeCountFloat > 0 ? bucket.CumulativeCountFloat : bucket.CumulativeCount, $",\"le\"=\"{Number(bucket.UpperBound)}\""))),
            .. histogram.Bucket.Any(static bucket => double.IsPositiveInfinity(bucket.UpperBound)) ? (string[])[] : [Sample("_bucket", count, ",\"le\"=\"+Inf\"")],
            Sample("_sum", histogram.SampleSum),
            Sample("_count", count),
        ];
        if (!isNative)
            return classic;
        var both = takesClassicBeside && histogram.Bucket.Count > 0;
        return
        [
            $"{Series("")} native{FamilyLines.Time(time)}",
            .. Exemplars(histogram.Exemplars.Count > 0 || both ? histogram.Exemplars : histogram.Bucket.Select(static bucket => bucket.Exemplar)),
            .. both ? classic : [],
        ];
    }

    private static IEnumerable<string> Exemplars(IEnumerable<Exemplar?> exemplars) => exemplars.OfType<Exemplar>().Select(static exemplar => FamilyLines.Exemplar(
        exemplar.Label.Select(static label => (label.Name, label.Value)), exemplar.Value, exemplar.Timestamp is { } time ? (time.Seconds * 1000) + (time.Nanos / 1_000_000) : null));

    private static string Escape(string text) => text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) =>
        double.IsInfinity(value) ? "+Inf"
        : value != 0 && (value < 1e-4 || value >= 1e6) ? value.ToString("0.################e+00", CultureInfo.InvariantCulture)
        : value.ToString("0.0################", CultureInfo.InvariantCulture);
}
