namespace VmObs.Storage.Embedded.Hours;

/// <summary>What the spans of each trace come to in a row group, in the order of <see cref="TraceRows"/>. Immutable.</summary>
/// <param name="starts">First starts, Unix ns.</param>
/// <param name="ends">Last ends, Unix ns.</param>
/// <param name="failed">Whether any span failed.</param>
internal sealed class TraceOutlines(long[] starts, long[] ends, bool[] failed)
{
    /// <summary>First start by trace, Unix ns.</summary>
    public ReadOnlySpan<long> Starts => starts;

    /// <summary>Last end by trace, Unix ns.</summary>
    public ReadOnlySpan<long> Ends => ends;

    /// <summary>By trace: whether any span failed.</summary>
    public ReadOnlySpan<bool> Failed => failed;

    /// <summary>Bytes that it holds.</summary>
    public long HeldBytes => 100 + (starts.Length * 17L);
}
