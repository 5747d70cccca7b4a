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

    public IReadOnlyList<StaticTargets> Static { get; init; } = [];

    public IReadOnlyList<RelabelRule> Relabel { get; init; } = [];

    public IReadOnlyList<RelabelRule> MetricRelabel { get; init; } = [];

    /// <summary>Labels of every series, unless it has them.</summary>
    public IReadOnlyDictionary<string, string> ExternalLabels { get; init; } = new Dictionary<string, string>();

    public ScrapeLimits Limits { get; init; } = new();

    public ScrapeClientOptions Client { get; init; } = new();
}

/// <summary>Targets named in the configuration, with labels of their own.</summary>
internal sealed record StaticTargets(IReadOnlyList<string> Addresses, IReadOnlyDictionary<string, string> Labels);

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

    /// <summary>Uncompressed bytes of a body.</summary>
    public long BodyBytes { get; init; } = 64L * 1024 * 1024;
}

/// <summary>How a target is asked.</summary>
internal sealed record ScrapeClientOptions
{
    /// <summary>"Bearer", "Basic" or another scheme; null: no Authorization header.</summary>
    public string? AuthorizationScheme { get; init; }

    /// <summary>What stands behind the scheme.</summary>
    public string? Credentials { get; init; }

    /// <summary>File that holds the credentials, or the password; read before each scrape.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>User of basic authentication.</summary>
    public string? User { get; init; }

    public bool AcceptCompression { get; init; } = true;

    public bool FollowRedirects { get; init; } = true;

    public string? CaFile { get; init; }

    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    public string? ServerName { get; init; }

    public bool SkipVerification { get; init; }
}
