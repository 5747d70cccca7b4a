using VmObs.Scrape.Discovery;

namespace VmObs.Config;

/// <summary>Reads Prometheus's file_sd_configs, http_sd_configs and dns_sd_configs of a job.</summary>
/// <remarks>https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config and the sections around it.</remarks>
internal static class DiscoveryReader
{
    private const int MaxPort = 65535;

    private static readonly string[] s_types = ["A", "AAAA", "SRV"];
    private static readonly string[] s_endings = [".json", ".yaml", ".yml"];

    /// <summary>A job's sources of targets beside its static_configs.</summary>
    public static IReadOnlyList<ITargetSourceFactory> Read(YamlSection job) =>
    [
        .. job.Sections<ITargetSourceFactory>("file_sd_configs", ReadFile, []),
        .. job.Sections<ITargetSourceFactory>("http_sd_configs", ReadHttp, []),
        .. job.Sections<ITargetSourceFactory>("dns_sd_configs", ReadDns, []),
    ];

    private static FileDiscovery ReadFile(YamlSection section)
    {
        section.Require("files", "a list of paths");
        var files = section.Texts("files", [], atLeast: 1);
        for (var i = 0; i < files.Count; i++)
        {
            if (!s_endings.Contains(Path.GetExtension(files[i]), StringComparer.OrdinalIgnoreCase) || (Path.GetDirectoryName(files[i]) ?? "").AsSpan().ContainsAny('*', '?'))
                section.Report("files", $"\"{files[i]}\"", "paths that end in .json, .yml or .yaml, with * and ? in the file's name alone");
        }
        return new FileDiscovery("file " + section.Fingerprint, [.. files.Select(section.Resolve)], Refresh(section, TimeSpan.FromMinutes(5)));
    }

    private static HttpDiscovery ReadHttp(YamlSection section)
    {
        var url = section.Required("url", "an http or https URL such as http://inventory/targets", IsUrl);
        return new HttpDiscovery(
            "http " + section.Fingerprint, IsUrl(url) ? new Uri(url) : new Uri("http://localhost"), Refresh(section, TimeSpan.FromMinutes(1)), HttpAccessReader.Read(section));
    }

    private static DnsDiscovery ReadDns(YamlSection section)
    {
        section.Require("names", "a list of names to look up");
        var names = section.Texts("names", [], atLeast: 1);
        var type = section.Text("type", "SRV", string.Join(", ", s_types), static text => s_types.Contains(text.ToUpperInvariant()), s_types)!.ToUpperInvariant();
        var port = section.Count("port", 0);
        if (port > MaxPort || (port == 0 && type != "SRV"))
            section.Report("port", port == 0 ? "nothing" : $"\"{port}\"", $"a port from 1 to {MaxPort}, for type {type}");
        return new DnsDiscovery("dns " + section.Fingerprint, names, (DnsRecordType)Array.IndexOf(s_types, type), port, Refresh(section, TimeSpan.FromSeconds(30)));
    }

    private static TimeSpan Refresh(YamlSection section, TimeSpan otherwise) =>
        new(section.Duration("refresh_interval", otherwise.Ticks * TimeSpan.NanosecondsPerTick) / TimeSpan.NanosecondsPerTick);

    private static bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https";
}
