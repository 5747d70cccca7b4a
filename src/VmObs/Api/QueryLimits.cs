namespace VmObs.Api;

/// <summary>What queries may cost (docs/configuration.md, limits).</summary>
/// <param name="Time">Work on one query; the time in which its reader takes the answer does not count.</param>
/// <param name="BytesRead">Bytes that one query may read of stored files.</param>
/// <param name="BytesHeld">Bytes that one query may hold in memory.</param>
/// <param name="Concurrent">Queries that may run at once.</param>
internal sealed record QueryLimits(TimeSpan Time, long BytesRead, long BytesHeld, int Concurrent)
{
    /// <summary>For what an operator asked to be done: it ends when it is done.</summary>
    public static QueryLimits None { get; } = new(Timeout.InfiniteTimeSpan, long.MaxValue, long.MaxValue, int.MaxValue);
}
