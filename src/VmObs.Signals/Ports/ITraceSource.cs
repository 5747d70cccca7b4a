using VmObs.Signals.Traces;

namespace VmObs.Signals.Ports;

/// <summary>Answers questions about stored spans.</summary>
public interface ITraceSource
{
    /// <summary>All stored spans of a trace, each exactly once, as canonical records (SpanRecord), by start time; empty for an unknown id.</summary>
    /// <exception cref="IOException">A stored file is damaged or cannot be read; the message has path, offset, got and want.</exception>
    /// <exception cref="QueryLimitException">The answer would cost more than the budget allows.</exception>
    ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> GetAsync(TraceId id, QueryBudget budget, CancellationToken cancellationToken);

    /// <summary>Finds traces, newest first (<see cref="TracePlace"/>), each once, up to the limit. Parts of a trace that were decided apart are one
    /// trace; parts whose first spans lie hours apart are one trace in the answer, but a condition is looked for in the parts of an hour together.</summary>
    /// <exception cref="IOException">A stored file is damaged or cannot be read; the message has path, offset, got and want.</exception>
    /// <exception cref="QueryLimitException">The answer would cost more than the query's budget allows.</exception>
    IAsyncEnumerable<FoundTrace> SearchAsync(TraceQuery query, CancellationToken cancellationToken);

    /// <summary>Stored ids that begin with some digits, ascending, each once, up to a limit.</summary>
    /// <param name="prefix">1 to 32 lower-case hexadecimal digits.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="budget">What the answer may cost.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">A stored file is damaged or cannot be read.</exception>
    /// <exception cref="QueryLimitException">The answer would cost more than the budget allows.</exception>
    ValueTask<IReadOnlyList<TraceId>> FindIdsAsync(string prefix, int limit, QueryBudget budget, CancellationToken cancellationToken);
}
