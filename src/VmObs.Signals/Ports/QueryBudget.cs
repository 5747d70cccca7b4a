namespace VmObs.Signals.Ports;

/// <summary>What one query may cost. Sources charge it for what they read and hold; its time is bounded by the query's cancellation token.</summary>
/// <param name="maxBytesRead">Bytes, as they stand on disk, that the query may read of stored files.</param>
/// <param name="maxBytesHeld">Bytes of results and intermediate state that the query may hold at once.</param>
/// <remarks>Thread-safe. Charge in steps of a block or column, not of a record.</remarks>
public sealed class QueryBudget(long maxBytesRead, long maxBytesHeld)
{
    private long _read;
    private long _held;

    /// <summary>A budget without limits, for questions of the engine's own.</summary>
    public static QueryBudget Unlimited() => new(long.MaxValue, long.MaxValue);

    /// <summary>Bytes read so far.</summary>
    public long BytesRead => Interlocked.Read(ref _read);

    /// <summary>Bytes held now.</summary>
    public long BytesHeld => Interlocked.Read(ref _held);

    /// <summary>Charges for reading.</summary>
    /// <exception cref="QueryLimitException">The query has read more than it may.</exception>
    public void Read(long bytes)
    {
        if (Interlocked.Add(ref _read, bytes) > maxBytesRead)
            throw new QueryLimitException(QueryLimit.BytesRead, maxBytesRead);
    }

    /// <summary>Charges for holding, until <see cref="Release"/>.</summary>
    /// <exception cref="QueryLimitException">The query would hold more than it may.</exception>
    public void Hold(long bytes)
    {
        if (Interlocked.Add(ref _held, bytes) > maxBytesHeld)
            throw new QueryLimitException(QueryLimit.BytesHeld, maxBytesHeld);
    }

    /// <summary>Gives back what was held.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _held, -bytes);
}
