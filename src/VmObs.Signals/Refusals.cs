namespace VmObs.Signals;

/// <summary>The records of one request that were not taken: counts by reason, and the first one's explanation.</summary>
/// <remarks>Not thread-safe; belongs to one batch.</remarks>
public sealed class Refusals
{
    private readonly int[] _counts = new int[Enum.GetValues<RefusalReason>().Length + 1];

    /// <summary>All refused records (data points, log records or spans).</summary>
    public int Total { get; private set; }

    /// <summary>What was wrong with the first refused record, for a person; null when none was refused.</summary>
    public string? FirstMessage { get; private set; }

    /// <summary>Why the last refused record was refused; not meaningful before one was.</summary>
    public RefusalReason Last { get; private set; }

    /// <summary>Refused records of one reason.</summary>
    public int this[RefusalReason reason] => _counts[(int)reason];

    /// <summary>Counts refused records.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">Says what, where, got and want; called for the first refusal of a request only.</param>
    /// <param name="count">How many records this refuses; at least 1.</param>
    public void Add(RefusalReason reason, Func<string> message, int count = 1)
    {
        Last = reason;
        _counts[(int)reason] += count;
        Total += count;
        FirstMessage ??= message();
    }

    /// <summary>Reasons with at least one refusal, with their counts.</summary>
    public IEnumerable<KeyValuePair<RefusalReason, int>> NonZero()
    {
        foreach (var reason in Enum.GetValues<RefusalReason>())
        {
            if (_counts[(int)reason] > 0)
                yield return new(reason, _counts[(int)reason]);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        Total = 0;
        FirstMessage = null;
    }
}
