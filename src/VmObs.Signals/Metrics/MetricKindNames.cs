namespace VmObs.Signals.Metrics;

/// <summary>The kinds' names, in files and in answers.</summary>
public static class MetricKindNames
{
    /// <summary>All names, for who says what would be taken.</summary>
    public static string All { get; } = string.Join(", ", Enum.GetValues<MetricKind>().Select(kind => System.Text.Encoding.ASCII.GetString(Of(kind))));

    /// <summary>A kind's name, ASCII.</summary>
    public static ReadOnlySpan<byte> Of(MetricKind kind) => kind switch
    {
        MetricKind.Unknown => "unknown"u8,
        MetricKind.Gauge => "gauge"u8,
        MetricKind.Counter => "counter"u8,
        MetricKind.UpDownCounter => "updowncounter"u8,
        MetricKind.Histogram => "histogram"u8,
        MetricKind.Summary => "summary"u8,
        MetricKind.DeltaCounter => "delta_counter"u8,
        MetricKind.DeltaHistogram => "delta_histogram"u8,
        MetricKind.ExponentialHistogram => "exponential_histogram"u8,
        MetricKind.DeltaExponentialHistogram => "delta_exponential_histogram"u8,
        MetricKind.Info => "info"u8,
        MetricKind.Exemplar => "exemplar"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "BUG: a metric kind without a name"),
    };

    /// <summary>The kind of a name; null when none has it.</summary>
    public static MetricKind? Parse(ReadOnlySpan<byte> name)
    {
        for (var kind = MetricKind.Unknown; kind <= MetricKind.Exemplar; kind++)
        {
            if (name.SequenceEqual(Of(kind)))
                return kind;
        }
        return null;
    }
}
