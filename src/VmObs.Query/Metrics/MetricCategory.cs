using System.Text;
using VmObs.Signals.Labels;

namespace VmObs.Query.Metrics;

/// <summary>The five categories of metrics: SPEC 2.1. The rules: docs/metric-categories.md.</summary>
public static class MetricCategory
{
    /// <summary>Whatever no rule knows: rates, latencies, errors of programs.</summary>
    private const string Otherwise = "application";

    // In this order: the first of which a word stands in the name.
    private static readonly (string Category, string[] Words)[] s_words =
    [
        ("security", ["auth", "authn", "authz", "authentication", "authorization", "login", "logins", "logon", "password", "blocked", "banned", "firewall", "intrusion", "unauthorized", "forbidden", "malware"]),
        ("business", ["receipt", "receipts", "anchor", "anchors", "anchored", "oracle", "settlement", "settlements", "treasury", "order", "orders", "payment", "payments", "invoice", "invoices", "revenue"]),
        ("mesh", ["mesh", "route", "routes", "peer", "peers", "capability", "capabilities", "gossip", "hop", "hops"]),
        ("system", ["cpu", "memory", "mem", "swap", "disk", "filesystem", "network", "load", "uptime", "threads", "goroutines", "descriptors", "fds"]),
    ];

    // Exporters of hosts, runtimes and containers: all of theirs is the system's, whatever words they use.
    private static readonly string[] s_systemPrefixes = ["node_", "process_", "go_", "dotnet_", "jvm_", "python_", "nodejs_", "container_", "windows_", "system_", "machine_", "kubelet_", "scrape_"];

    /// <summary>The categories' names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["system", "application", "business", "security", "mesh"];

    /// <summary>The category of a series.</summary>
    /// <param name="key">Its canonical labels.</param>
    public static string Of(ReadOnlySpan<byte> key) => SaidBy(key) ?? OfName(Encoding.UTF8.GetString(LabelKey.ValueOf(key, "__name__"u8)));

    /// <summary>The category that the series' own label says; null where none does.</summary>
    internal static string? SaidBy(ReadOnlySpan<byte> key)
    {
        var said = LabelKey.ValueOf(key, "category"u8);
        if (said.IsEmpty)
            return null;
        foreach (var name in Names)
        {
            if (Ascii.Equals(said, name))
                return name;
        }
        return null;
    }

    private static string OfName(string name)
    {
        if (s_systemPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            return "system";
        var words = name.Split(['_', '.', ':', '-'], StringSplitOptions.RemoveEmptyEntries);
        foreach (var (category, known) in s_words)
        {
            if (words.Any(word => known.Contains(word, StringComparer.OrdinalIgnoreCase)))
                return category;
        }
        return Otherwise;
    }
}
