namespace VmObs.Signals.Ports;

/// <summary>Where every protocol ends: one sink a signal.</summary>
/// <typeparam name="TBatch">MetricBatch, LogBatch or TraceBatch.</typeparam>
public interface ISink<TBatch>
{
    /// <summary>Appends one request; once the task completes with <see cref="AppendOutcome.Accepted"/> it is durable and queryable.</summary>
    /// <param name="request">The request as it arrived; kept in the journal.</param>
    /// <param name="batch">What it decodes to. Borrowed until completion.</param>
    /// <param name="cancellationToken">Gives up waiting; the request may be stored all the same.</param>
    /// <exception cref="IOException">The disk refused the write; nothing may be acknowledged.</exception>
    /// <remarks>Thread-safe.</remarks>
    ValueTask<AppendOutcome> AppendAsync(ReceivedRequest request, TBatch batch, CancellationToken cancellationToken);
}

/// <summary>What became of an appended request.</summary>
/// <param name="Accepted">Whether all of the batch is durable; otherwise none of it is.</param>
/// <param name="Position">Where the journal has it, counted in records from 1; 0 when not accepted.</param>
/// <param name="Reason">Why it was not accepted, for a person; null when it was.</param>
/// <param name="RetryAfterSeconds">When to try again; 0 when accepted.</param>
public readonly record struct AppendOutcome(bool Accepted, long Position, string? Reason, int RetryAfterSeconds)
{
    /// <summary>How many of the stored records came after their hour was sealed and went into a late batch.</summary>
    public int LateRecords { get; init; }

    /// <summary>Position and the journal's chain after it, "17:" and 64 hex digits: what the sender may keep, to have it shown later that the
    /// journal has the request. Null when nothing was stored.</summary>
    public string? Receipt { get; init; }

    /// <summary>Durable and queryable.</summary>
    public static AppendOutcome Stored(long position) => new(true, position, null, 0);

    /// <summary>Not taken for want of room.</summary>
    public static AppendOutcome Busy(string reason, int retryAfterSeconds) => new(false, 0, reason, retryAfterSeconds);
}
