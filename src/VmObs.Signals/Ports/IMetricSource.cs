using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;

namespace VmObs.Signals.Ports;

/// <summary>Answers questions about stored samples.</summary>
public interface IMetricSource
{
    /// <summary>Selects series and their samples, as they are found; each stored sample comes exactly once, a series once, series in ascending order of
    /// their keys, samples in order of time.</summary>
    /// <exception cref="QueryLimitException">The query costs more than its budget has.</exception>
    /// <exception cref="IOException">A stored file is damaged or cannot be read; the message has path, offset, got and want.</exception>
    IAsyncEnumerable<SeriesSamples> SelectAsync(MetricQuery query, CancellationToken cancellationToken);

    /// <summary>The series that have samples of the range, in ascending order of their keys, without their samples.</summary>
    /// <exception cref="QueryLimitException">The query costs more than its budget has.</exception>
    /// <exception cref="IOException">A stored file is damaged or cannot be read; the message has path, offset, got and want.</exception>
    IAsyncEnumerable<SeriesDescription> ListAsync(MetricQuery query, CancellationToken cancellationToken);

    /// <summary>The series that have samples of the range, in ascending order of their keys, each with how many and the last of them; samples of which
    /// neither is needed are not read.</summary>
    /// <exception cref="QueryLimitException">The query costs more than its budget has.</exception>
    /// <exception cref="IOException">A stored file is damaged or cannot be read; the message has path, offset, got and want.</exception>
    IAsyncEnumerable<SeriesOutline> OutlineAsync(MetricQuery query, CancellationToken cancellationToken);
}

/// <summary>What is asked of samples: all matchers must match.</summary>
/// <param name="FromUnixNanos">Inclusive.</param>
/// <param name="ToUnixNanos">Exclusive.</param>
/// <param name="Matchers">Conditions on the series' labels; the metric's name is "__name__".</param>
public sealed record MetricQuery(long FromUnixNanos, long ToUnixNanos, IReadOnlyList<LabelMatcher> Matchers)
{
    /// <summary>Whether samples come with their details, which costs reading them.</summary>
    public bool WithDetails { get; init; }

    /// <summary>Only series whose keys are not smaller: who takes an answer in parts goes on here. Empty for all.</summary>
    public ReadOnlyMemory<byte> FromKey { get; init; }

    /// <summary>What it may cost.</summary>
    public QueryBudget Budget { get; init; } = QueryBudget.Unlimited();

    /// <summary>Whether a series is asked for.</summary>
    /// <param name="key">Its canonical labels.</param>
    public bool Wants(ReadOnlySpan<byte> key) => LabelMatcher.AllMatch(Matchers, key) && (FromKey.IsEmpty || key.SequenceCompareTo(FromKey.Span) >= 0);
}

/// <summary>A series without its samples.</summary>
/// <param name="Key">Canonical label set (LabelKeyReader).</param>
/// <param name="Kind">What its samples mean.</param>
/// <param name="Unit">As the sender gave it; empty when not given.</param>
public readonly record struct SeriesDescription(ReadOnlyMemory<byte> Key, MetricKind Kind, string Unit);

/// <summary>A series with samples of a range.</summary>
/// <param name="Key">Canonical label set (LabelKeyReader).</param>
/// <param name="Kind">What the samples mean.</param>
/// <param name="Unit">As the sender gave it; empty when not given.</param>
/// <param name="TimestampsUnixNanos">Ascending, Unix ns, UTC; equal times in order of arrival.</param>
/// <param name="Values">As many as timestamps.</param>
public sealed record SeriesSamples(
    ReadOnlyMemory<byte> Key, MetricKind Kind, string Unit, ReadOnlyMemory<long> TimestampsUnixNanos, ReadOnlyMemory<double> Values)
{
    /// <summary>What some samples carry beside; empty unless asked for.</summary>
    public IReadOnlyList<SampleDetail> Details { get; init; } = [];

    /// <summary>What a sample carries beside; empty where it has nothing, or was not asked for it.</summary>
    public ReadOnlyMemory<byte> DetailOf(int sample)
    {
        var (low, high) = (0, Details.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Details[middle].Sample < sample ? (middle + 1, high) : (low, middle);
        }
        return low < Details.Count && Details[low].Sample == sample ? Details[low].Json : default;
    }
}
