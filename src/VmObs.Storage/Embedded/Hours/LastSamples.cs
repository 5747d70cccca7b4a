namespace VmObs.Storage.Embedded.Hours;

/// <summary>The last sample of each of some series: times in Unix ns, and as many values.</summary>
/// <remarks>Immutable: it may be kept and shared as long as the file stays what it is.</remarks>
internal sealed record LastSamples(long[] TimestampsUnixNanos, double[] Values)
{
    /// <summary>What it takes in memory, about.</summary>
    public long HeldBytes => 96 + (Values.Length * (long)(sizeof(long) + sizeof(double)));
}
