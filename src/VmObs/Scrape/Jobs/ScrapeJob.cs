using VmObs.Scrape.Access;
using VmObs.Scrape.Discovery;
using VmObs.Scrape.Relabeling;

namespace VmObs.Scrape.Jobs;

/// <summary>One entry of scrape_configs.</summary>
internal sealed record ScrapeJob
{
    public required string Name { get; init; }

    /// <summary>The entry and the global section as they stand in the file: two jobs are the same when these are.</summary>
    public required string Fingerprint { get; init; }

    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public string MetricsPath { get; init; } = "/metrics";

    public string Scheme { get; init; } = "http";

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Parameters { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Whether the target's own labels win over those that we give it.</summary>
    public bool HonorLabels { get; init; }

    public bool HonorTimestamps { get; init; } = true;

    /// <summary>Whether series that come with their own times get staleness markers too.</summary>
    public bool TrackTimestampsStaleness { get; init; }

    /// <summary>Formats that targets are asked for, of <see cref="ScrapeProtocols"/>.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = ScrapeProtocols.Text;

    /// <summary>Whether native histograms are taken.</summary>
    public bool ScrapesNativeHistograms { get; init; }

    /// <summary>Whether a native histogram's classic buckets are taken beside it.</summary>
    public bool ScrapesClassicHistograms { get; init; }

    /// <summary>Targets named in the configuration.</summary>
    public IReadOnlyList<TargetGroup> Static { get; init; } = [];

    /// <summary>Where more of them are found.</summary>
    public IReadOnlyList<ITargetSourceFactory> Discovery { get; init; } = [];

    public IReadOnlyList<RelabelRule> Relabel { get; init; } = [];

    public IReadOnlyList<RelabelRule> MetricRelabel { get; init; } = [];

    /// <summary>Labels of every series, unless it has them.</summary>
    public IReadOnlyDictionary<string, string> ExternalLabels { get; init; } = new Dictionary<string, string>();

    public ScrapeLimits Limits { get; init; } = new();

    public bool AcceptCompression { get; init; } = true;

    public HttpAccess Access { get; init; } = new();
}

/// <summary>What a scrape may bring; 0 is no limit. A scrape beyond one fails as a whole.</summary>
internal sealed record ScrapeLimits
{
    /// <summary>Samples after metric_relabel_configs.</summary>
    public int Samples { get; init; }

    public int Labels { get; init; }

    public int LabelNameBytes { get; init; }

    public int LabelValueBytes { get; init; }

    /// <summary>Targets of the job; beyond it none is scraped.</summary>
    public int Targets { get; init; }

    /// <summary>Dropped targets that are kept to be shown.</summary>
    public int DroppedTargets { get; init; }

    /// <summary>Uncompressed bytes of a body.</summary>
    public long BodyBytes { get; init; } = 64L * 1024 * 1024;
}
