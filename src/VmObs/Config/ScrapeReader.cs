using System.Text.RegularExpressions;
using VmObs.Scrape.Discovery;
using VmObs.Scrape.Jobs;
using VmObs.Scrape.Relabeling;

namespace VmObs.Config;

/// <summary>Reads Prometheus's "global" and "scrape_configs".</summary>
/// <remarks>https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config</remarks>
internal static class ScrapeReader
{
    private const long NanosPerTick = 100;

    private static readonly string[] s_actions = ["replace", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap", "labeldrop", "labelkeep", "lowercase", "uppercase"];

    private static readonly Regex s_anything = RelabelRule.TryAnchor("(.*)", out var anything) ? anything : throw new InvalidOperationException("BUG: no pattern");

    /// <summary>The global section's defaults, as a job without a name.</summary>
    public static ScrapeJob ReadGlobal(YamlSection section)
    {
        section.Unsupported("no such key: rules are not evaluated here", "evaluation_interval", "query_log_file", "rule_query_offset");
        var job = new ScrapeJob { Name = "", Fingerprint = section.Fingerprint };
        return job with
        {
            Interval = Duration(section, "scrape_interval", job.Interval),
            Timeout = Duration(section, "scrape_timeout", job.Timeout),
            ExternalLabels = section.Map("external_labels"),
            ScrapesNativeHistograms = section.Flag("scrape_native_histograms", false),
            ScrapesClassicHistograms = section.Flag("always_scrape_classic_histograms", false),
            Protocols = ReadProtocols(section, []),
            Limits = ReadLimits(section, job.Limits),
        };
    }

    /// <summary>One job.</summary>
    /// <param name="section">The entry.</param>
    /// <param name="global">What the global section says.</param>
    /// <param name="names">Names of the jobs so far.</param>
    public static ScrapeJob ReadJob(YamlSection section, ScrapeJob global, HashSet<string> names)
    {
        section.Unsupported(
            "static_configs, file_sd_configs, http_sd_configs or dns_sd_configs", "kubernetes_sd_configs", "consul_sd_configs", "ec2_sd_configs", "azure_sd_configs", "gce_sd_configs", "docker_sd_configs", "dockerswarm_sd_configs",
            "digitalocean_sd_configs", "eureka_sd_configs", "hetzner_sd_configs", "kuma_sd_configs", "lightsail_sd_configs", "linode_sd_configs", "marathon_sd_configs", "nerve_sd_configs",
            "nomad_sd_configs", "openstack_sd_configs", "ovhcloud_sd_configs", "puppetdb_sd_configs", "scaleway_sd_configs", "serverset_sd_configs", "triton_sd_configs", "uyuni_sd_configs");
        var name = section.Required("job_name", "a name that no other job has", text => text.Length > 0 && names.Add(text));
        var interval = Duration(section, "scrape_interval", global.Interval);
        var timeout = Duration(section, "scrape_timeout", global.Timeout < interval ? global.Timeout : interval);
        if (timeout > interval)
            section.Report("scrape_timeout", $"{timeout}", $"at most the job's scrape_interval, {interval}");
        var native = section.Flag("scrape_native_histograms", global.ScrapesNativeHistograms);
        var protocols = ReadProtocols(section, global.Protocols);
        return global with
        {
            Name = name,
            Fingerprint = global.Fingerprint + section.Fingerprint,
            Interval = interval,
            Timeout = timeout,
            MetricsPath = section.Text("metrics_path", "/metrics", "a path such as /metrics", static text => text.StartsWith('/'))!,
            Scheme = section.Text("scheme", "http", "http or https", static text => text is "http" or "https", ["http", "https"])!,
            Parameters = section.MapOfLists("params"),
            HonorLabels = section.Flag("honor_labels", false),
            HonorTimestamps = section.Flag("honor_timestamps", true),
            TrackTimestampsStaleness = section.Flag("track_timestamps_staleness", false),
            ScrapesNativeHistograms = native,
            ScrapesClassicHistograms = section.Flag("always_scrape_classic_histograms", global.ScrapesClassicHistograms),
            Protocols = protocols.Count > 0 ? protocols : native ? ScrapeProtocols.All : ScrapeProtocols.Text,
            Static = section.Sections("static_configs", ReadStatic, []),
            Relabel = section.Sections("relabel_configs", ReadRule, []),
            MetricRelabel = section.Sections("metric_relabel_configs", ReadRule, []),
            Limits = ReadLimits(section, global.Limits),
            AcceptCompression = section.Flag("enable_compression", true),
            Access = HttpAccessReader.Read(section),
            Discovery = DiscoveryReader.Read(section),
        };
    }

    /// <summary>Empty where nothing is said: then it depends on whether native histograms are taken.</summary>
    private static IReadOnlyList<string> ReadProtocols(YamlSection section, IReadOnlyList<string> otherwise)
    {
        var names = section.Texts("scrape_protocols", otherwise, atLeast: 1);
        if (names.FirstOrDefault(static name => !ScrapeProtocols.All.Contains(name)) is not { } unknown)
            return names;
        section.Report("scrape_protocols", $"\"{unknown}\"", string.Join(", ", ScrapeProtocols.All));
        return otherwise;
    }

    private static TargetGroup ReadStatic(YamlSection section)
    {
        var labels = section.Map("labels");
        return new TargetGroup("static", [.. section.Texts("targets", [], atLeast: 1).Select(address => TargetList.WithAddress(labels, address))]);
    }

    private static ScrapeLimits ReadLimits(YamlSection section, ScrapeLimits global) => new()
    {
        Samples = section.Count("sample_limit", global.Samples),
        Labels = section.Count("label_limit", global.Labels),
        LabelNameBytes = section.Count("label_name_length_limit", global.LabelNameBytes),
        LabelValueBytes = section.Count("label_value_length_limit", global.LabelValueBytes),
        Targets = section.Count("target_limit", global.Targets),
        DroppedTargets = section.Count("keep_dropped_targets", global.DroppedTargets),
        BodyBytes = section.Size("body_size_limit", global.BodyBytes, atLeast: 1),
    };

    private static RelabelRule ReadRule(YamlSection section)
    {
        var action = section.Text("action", "replace", string.Join(", ", s_actions), s_actions.Contains, s_actions)!;
        var kind = (RelabelAction)Array.IndexOf(s_actions, action);
        if (section.Verbatim("regex", "a regular expression of RE2's syntax", static text => RelabelRule.TryAnchor(text, out _)) is not { } regex || !RelabelRule.TryAnchor(regex, out var pattern))
            pattern = s_anything;
        var target = section.Verbatim("target_label", "a label's name", static text => text.Length > 0) ?? "";
        if (target.Length == 0 && kind is RelabelAction.Replace or RelabelAction.HashMod or RelabelAction.KeepEqual or RelabelAction.DropEqual or RelabelAction.Lowercase or RelabelAction.Uppercase)
            section.Report("target_label", "nothing", $"a label's name, for action {action}");
        var modulus = section.Count("modulus", 0);
        if (modulus == 0 && kind == RelabelAction.HashMod)
            section.Report("modulus", "nothing", "a number from 1 on, for action hashmod");
        return new RelabelRule(
            kind, section.Texts("source_labels", [], atLeast: 0), section.Verbatim("separator", "a text", static _ => true) ?? ";", pattern,
            RelabelRule.Template(target, pattern), RelabelRule.Template(section.Verbatim("replacement", "a text", static _ => true) ?? "$1", pattern), (ulong)modulus);
    }

    private static TimeSpan Duration(YamlSection section, string key, TimeSpan otherwise) =>
        TimeSpan.FromTicks(section.Duration(key, otherwise.Ticks * NanosPerTick) / NanosPerTick);
}
