using VmObs.Signals.Filters;
using VmObs.Signals.Logs;

namespace VmObs.Signals.Ports;

/// <summary>Answers questions about stored log records.</summary>
public interface ILogSource
{
    /// <summary>Finds records; each stored record that matches comes exactly once, in the order asked for, up to the limit.</summary>
    /// <exception cref="IOException">A stored file is damaged or cannot be read; the message has path, offset, got and want.</exception>
    /// <exception cref="QueryLimitException">The query costs more than its budget has.</exception>
    IAsyncEnumerable<LogRecord> FindAsync(LogQuery query, QueryBudget budget, CancellationToken cancellationToken);

    /// <summary>Counts the records that <see cref="FindAsync"/> would find without a limit.</summary>
    /// <returns>By service and level, in no order.</returns>
    /// <exception cref="IOException">As <see cref="FindAsync"/>.</exception>
    /// <exception cref="QueryLimitException">As <see cref="FindAsync"/>.</exception>
    Task<IReadOnlyList<LogCount>> CountAsync(LogQuery query, QueryBudget budget, CancellationToken cancellationToken);
}

/// <summary>What is asked of log records. All conditions hold together; a null one is not a condition.</summary>
/// <param name="FromUnixNanos">Inclusive.</param>
/// <param name="ToUnixNanos">Exclusive.</param>
public sealed record LogQuery(long FromUnixNanos, long ToUnixNanos)
{
    /// <summary>Exactly this service.</summary>
    public string? Service { get; init; }

    /// <summary>Exactly this node, short name.</summary>
    public string? Node { get; init; }

    /// <summary>This level or above.</summary>
    public Level MinLevel { get; init; } = Level.Trace;

    /// <summary>This level or below.</summary>
    public Level MaxLevel { get; init; } = Level.Fatal;

    /// <summary>A text that the message or an attribute value contains, ASCII letters in any case.</summary>
    public string? Text { get; init; }

    /// <summary>A condition on the document.</summary>
    public Filter? Filter { get; init; }

    /// <summary>Only what comes behind this place in the order asked for. A record that arrives late, in front of it, is not found.</summary>
    public LogPosition? After { get; init; }

    /// <summary>Latest first, or earliest first; records of the same time by id.</summary>
    public bool NewestFirst { get; init; } = true;

    /// <summary>At most this many records; at least 1.</summary>
    public int Limit { get; init; } = 100;
}

/// <summary>One found log record.</summary>
/// <param name="TimestampUnixNanos">Event time, Unix ns, UTC.</param>
/// <param name="Level">Its level.</param>
/// <param name="Json">The SPEC 2.2 document as stored, without the newline.</param>
public readonly record struct LogRecord(long TimestampUnixNanos, Level Level, ReadOnlyMemory<byte> Json);
