using VmObs.Storage.Embedded;

namespace VmObs.Config;

/// <summary>Reads the section "retention".</summary>
internal static class RetentionReader
{
    // Less would drop hours as they are sealed, which nobody means.
    private const long MinBytes = 1024 * 1024;

    public static RetentionPolicy Read(YamlSection section)
    {
        var policy = new RetentionPolicy();
        policy = policy with
        {
            MetricsNanos = Keep(section, "metrics", policy.MetricsNanos),
            MaxBytes = MaxSize(section),
        };
        policy = section.Section("logs", logs => ReadLogs(logs, policy), policy);
        policy = section.Section("traces", traces => ReadTraces(traces, policy), policy);
        return section.Section("journal", journal => ReadJournal(journal, policy), policy);
    }

    private static RetentionPolicy ReadLogs(YamlSection section, RetentionPolicy policy) => policy with
    {
        LogsTraceNanos = Keep(section, "trace", policy.LogsTraceNanos),
        LogsStandardNanos = Keep(section, "standard", policy.LogsStandardNanos),
        LogsErrorNanos = Keep(section, "error", policy.LogsErrorNanos),
    };

    private static RetentionPolicy ReadTraces(YamlSection section, RetentionPolicy policy) => policy with
    {
        TracesOkNanos = Keep(section, "ok", policy.TracesOkNanos),
        TracesErrorNanos = Keep(section, "error", policy.TracesErrorNanos),
    };

    private static RetentionPolicy ReadJournal(YamlSection section, RetentionPolicy policy) => policy with
    {
        JournalKeepNanos = section.Duration("keep_for", policy.JournalKeepNanos),
        JournalMaxBytes = section.Size("max_size", policy.JournalMaxBytes, MinBytes),
    };

    private static long Keep(YamlSection section, string key, long otherwise) => section.Duration(key, otherwise, ("forever", RetentionPolicy.Forever));

    private static long? MaxSize(YamlSection section) =>
        section.Size("max_size", 0, MinBytes, ("none", RetentionPolicy.Unbounded)) is > 0 and var bytes ? bytes : null;
}
