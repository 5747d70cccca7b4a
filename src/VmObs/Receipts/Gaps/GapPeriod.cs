using VmObs.Signals;

namespace VmObs.Receipts.Gaps;

/// <summary>The counts of one obs_gap: an hour, or what of it is left after a seal.</summary>
/// <remarks>Not thread-safe. Bounded by <see cref="MaxSources"/> times the reasons of three signals.</remarks>
internal sealed class GapPeriod
{
    /// <summary>So many sources are counted apart; what comes from others is counted under one name.</summary>
    public const int MaxSources = 4096;

    /// <summary>The name of the sources beyond.</summary>
    public const string OtherSources = "others";

    private readonly Dictionary<GapKey, GapCount> _counts = [];
    private readonly HashSet<string> _sources = [];

    public GapPeriod(long startUnixNanos) => StartUnixNanos = LatestUnixNanos = startUnixNanos;

    /// <summary>When counting began, inclusive.</summary>
    public long StartUnixNanos { get; private set; }

    /// <summary>The latest time that something was counted at; never goes back.</summary>
    public long LatestUnixNanos { get; private set; }

    /// <summary>The period ends by itself with the hour of its latest count, exclusive.</summary>
    public long HourEndUnixNanos => HourId.Of(LatestUnixNanos).EndUnixNanos;

    public IReadOnlyDictionary<GapKey, GapCount> Counts => _counts;

    public void Add(GapKey key, GapCount count, long nowUnixNanos)
    {
        LatestUnixNanos = Math.Max(LatestUnixNanos, nowUnixNanos);
        if (_sources.Count < MaxSources)
            _sources.Add(key.Source);
        else if (!_sources.Contains(key.Source))
            key = key with { Source = OtherSources };
        _counts[key] = _counts.GetValueOrDefault(key) + count;
    }

    /// <summary>Begins later: nothing was counted until then.</summary>
    public void StartAt(long unixNanos) => StartUnixNanos = LatestUnixNanos = unixNanos;
}
