using VmObs.Signals;

namespace VmObs.Storage.Embedded;

/// <summary>How long sealed hours are kept, and how much of them (SPEC 6.2, its three tiers added up).</summary>
public sealed record RetentionPolicy
{
    /// <summary>Of the file system's capacity, as long as no bound is set, percent.</summary>
    public const int DefaultPercentOfCapacity = 80;

    /// <summary>An age that nothing reaches.</summary>
    public const long Forever = long.MaxValue;

    /// <summary>No bound.</summary>
    public const long Unbounded = long.MaxValue;

    private const long DayNanos = 24L * 3600 * 1_000_000_000;

    /// <summary>Samples: 7 days, 30 days and a year, ns.</summary>
    public long MetricsNanos { get; init; } = (7 + 30 + 365) * DayNanos;

    /// <summary>Log lines of level trace, which SPEC 2.2 does not retain long-term, ns.</summary>
    public long LogsTraceNanos { get; init; } = 7 * DayNanos;

    /// <summary>Log lines of the levels debug, info and warn: 7 days, 30 days and a year, ns.</summary>
    public long LogsStandardNanos { get; init; } = (7 + 30 + 365) * DayNanos;

    /// <summary>Log lines of the levels error and fatal: 30 days, a year and five, ns.</summary>
    public long LogsErrorNanos { get; init; } = (30 + 365 + (5 * 365)) * DayNanos;

    /// <summary>Traces without a failed span: 7 days and 30 days, ns.</summary>
    public long TracesOkNanos { get; init; } = (7 + 30) * DayNanos;

    /// <summary>Traces with a failed span: 30 days, a year and five, ns.</summary>
    public long TracesErrorNanos { get; init; } = (30 + 365 + (5 * 365)) * DayNanos;

    /// <summary>Bytes of all sealed files; null: <see cref="DefaultPercentOfCapacity"/> of what the file system can hold.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>How long a segment of the journal stays after it is no longer needed, ns.</summary>
    public long JournalKeepNanos { get; init; } = DayNanos;

    /// <summary>Bytes of segments that stay although they are no longer needed.</summary>
    public long JournalMaxBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>How long a class is kept, counted from its hour's end, ns.</summary>
    public long KeepNanos(ExpiryClass of) => of switch
    {
        ExpiryClass.Metrics => MetricsNanos,
        ExpiryClass.LogsTrace => LogsTraceNanos,
        ExpiryClass.LogsStandard => LogsStandardNanos,
        ExpiryClass.LogsError => LogsErrorNanos,
        ExpiryClass.TracesOk => TracesOkNanos,
        _ => TracesErrorNanos,
    };

    /// <summary>The classes of a signal that an hour has grown too old for.</summary>
    public ExpiryClasses Expired(Signal signal, HourId hour, long nowUnixNanos) =>
        ExpiryClasses.Of(ExpiryClasses.OfSignal(signal).Items.Where(item => nowUnixNanos - hour.EndUnixNanos >= KeepNanos(item)));
}
