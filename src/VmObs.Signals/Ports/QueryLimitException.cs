namespace VmObs.Signals.Ports;

/// <summary>A query asked for more than one query may cost: the caller's fault.</summary>
/// <param name="limit">Which limit it met.</param>
/// <param name="max">The limit: milliseconds or bytes.</param>
public sealed class QueryLimitException(QueryLimit limit, long max) : Exception(Describe(limit, max))
{
    /// <summary>Which limit it met.</summary>
    public QueryLimit Limit => limit;

    /// <summary>The limit: milliseconds or bytes.</summary>
    public long Max => max;

    private static string Describe(QueryLimit limit, long max) => limit switch
    {
        QueryLimit.Time => $"the query took longer than {max} ms",
        QueryLimit.BytesRead => $"the query would read more than {max} bytes of stored files",
        _ => $"the query would hold more than {max} bytes in memory",
    };
}
