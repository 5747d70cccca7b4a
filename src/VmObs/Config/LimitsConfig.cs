namespace VmObs.Config;

/// <summary>What senders and those who ask may have of the engine.</summary>
internal sealed record LimitsConfig
{
    /// <summary>Bodies that one sender may send a second, bytes; null: as many as it can. A token may say another rate for its holder.</summary>
    public long? SourceBytesPerSecond { get; init; }

    /// <summary>Work on one query.</summary>
    public long QueryTimeNanos { get; init; } = 60_000_000_000;

    /// <summary>Bytes that one query may read of stored files.</summary>
    public long QueryBytesRead { get; init; } = 64L * 1024 * 1024 * 1024;

    /// <summary>Bytes that one query may hold in memory.</summary>
    public long QueryBytesHeld { get; init; } = 256L * 1024 * 1024;

    /// <summary>Queries that may run at once.</summary>
    public int ConcurrentQueries { get; init; } = 32;
}
