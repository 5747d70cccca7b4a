using VmObs.Config;
using VmObs.Storage.Embedded;

namespace VmObs.Demo;

/// <summary>How the demo's engine is configured.</summary>
internal static class DemoConfig
{
    public static EngineConfig Create() => new()
    {
        // The SPEC's day grows older than the defaults keep.
        Retention = new RetentionPolicy
        {
            MetricsNanos = RetentionPolicy.Forever,
            LogsTraceNanos = RetentionPolicy.Forever,
            LogsStandardNanos = RetentionPolicy.Forever,
            LogsErrorNanos = RetentionPolicy.Forever,
            TracesOkNanos = RetentionPolicy.Forever,
            TracesErrorNanos = RetentionPolicy.Forever,
        },
        // Whoever looks around finds all that was sent.
        SamplingRules = [],
        // The SPEC's settlement of 2,345 ms has a receipt of its own, which no other quick and successful one needs.
        Traces = new TracesConfig { Significant = new SignificanceConfig { SlowerThanNanos = 2_000_000_000, SensitiveServices = [] } },
    };
}
