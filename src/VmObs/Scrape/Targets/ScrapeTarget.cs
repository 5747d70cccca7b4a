using System.IO.Hashing;
using System.Text;
using VmObs.Scrape.Jobs;
using VmObs.Scrape.Relabeling;
using VmObs.Signals.Texts;

namespace VmObs.Scrape.Targets;

/// <summary>Something to be scraped, after relabelling.</summary>
/// <param name="Url">What is asked.</param>
/// <param name="Labels">Labels of its series: job, instance and whatever relabelling left.</param>
/// <param name="Discovered">Its labels before relabelling.</param>
/// <param name="Interval">How often it is scraped.</param>
/// <param name="Timeout">How long one scrape may take.</param>
internal sealed record ScrapeTarget(Uri Url, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Discovered, TimeSpan Interval, TimeSpan Timeout)
{
    private const string Reserved = "__";

    /// <summary>Its labels as one text: targets that have the same write the same series.</summary>
    public string SeriesKey { get; } = string.Join('\n', Labels.OrderBy(static label => label.Key, StringComparer.Ordinal).Select(static label => $"{label.Key}={label.Value}"));

    /// <summary>Tells targets apart: by address, times and labels.</summary>
    public string Key => $"{Url}\n{Interval.Ticks}/{Timeout.Ticks}\n{SeriesKey}";

    /// <summary>How long into the interval it is scraped: the same for the life of a target, spread over all of them.</summary>
    public TimeSpan OffsetIn(ulong seed) =>
        TimeSpan.FromTicks((long)((XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{Url}\n{SeriesKey}")) ^ seed) % (ulong)Interval.Ticks));

    /// <summary>Makes a target of what was found.</summary>
    /// <param name="job">Its job.</param>
    /// <param name="found">Labels with __address__.</param>
    /// <param name="discovered">Its labels before relabelling.</param>
    /// <param name="problem">Why it cannot be one; null where relabelling dropped it.</param>
    public static ScrapeTarget? Create(ScrapeJob job, IReadOnlyDictionary<string, string> found, out IReadOnlyDictionary<string, string> discovered, out string? problem)
    {
        problem = null;
        var labels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["job"] = job.Name,
            ["__metrics_path__"] = job.MetricsPath,
            ["__scheme__"] = job.Scheme,
            ["__scrape_interval__"] = $"{job.Interval.TotalMilliseconds:0}ms",
            ["__scrape_timeout__"] = $"{job.Timeout.TotalMilliseconds:0}ms",
        };
        foreach (var (name, values) in job.Parameters)
            labels["__param_" + name] = values.Count > 0 ? values[0] : "";
        foreach (var (name, value) in found)
            labels[name] = value;
        discovered = new Dictionary<string, string>(labels, StringComparer.Ordinal);
        if (!Relabeler.Apply(job.Relabel, labels))
            return null;
        var address = labels.GetValueOrDefault("__address__", "");
        if (!Uri.TryCreate($"{labels.GetValueOrDefault("__scheme__", "http")}://{address}{Path(labels)}{Query(job, labels)}", UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || address.Contains('/', StringComparison.Ordinal))
        {
            problem = $"job {job.Name}: got address \"{address}\" with scheme \"{labels.GetValueOrDefault("__scheme__")}\" and path \"{labels.GetValueOrDefault("__metrics_path__")}\", want HOST:PORT, http or https, and a path";
            return null;
        }
        if (!DurationText.TryParse(labels.GetValueOrDefault("__scrape_interval__", ""), out var interval) || interval == 0
            || !DurationText.TryParse(labels.GetValueOrDefault("__scrape_timeout__", ""), out var timeout) || timeout == 0 || timeout > interval)
        {
            problem = $"job {job.Name}: target {address}: got __scrape_interval__ \"{labels.GetValueOrDefault("__scrape_interval__")}\" and __scrape_timeout__ \"{labels.GetValueOrDefault("__scrape_timeout__")}\", want durations, the timeout no longer than the interval";
            return null;
        }
        var kept = labels.Where(static label => !label.Key.StartsWith(Reserved, StringComparison.Ordinal) && label.Value.Length > 0).ToDictionary(StringComparer.Ordinal);
        kept.TryAdd("instance", address);
        return new ScrapeTarget(url, kept, discovered, TimeSpan.FromTicks(interval / TimeSpan.NanosecondsPerTick), TimeSpan.FromTicks(timeout / TimeSpan.NanosecondsPerTick));
    }

    private static string Path(Dictionary<string, string> labels) => labels.GetValueOrDefault("__metrics_path__", "") is { } path && path.StartsWith('/') ? path : "/" + labels.GetValueOrDefault("__metrics_path__", "");

    /// <summary>The job's parameters; the first value of each is the one that relabelling may have changed.</summary>
    private static string Query(ScrapeJob job, Dictionary<string, string> labels)
    {
        var pairs = new List<string>();
        foreach (var (label, value) in labels)
        {
            if (!label.StartsWith("__param_", StringComparison.Ordinal))
                continue;
            var name = label["__param_".Length..];
            pairs.Add($"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}");
            pairs.AddRange(job.Parameters.GetValueOrDefault(name, []).Skip(1).Select(other => $"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(other)}"));
        }
        return pairs.Count == 0 ? "" : "?" + string.Join('&', pairs);
    }
}
