namespace VmObs.Ingest;

/// <summary>What became of a request.</summary>
internal enum IntakeOutcome
{
    /// <summary>What could be taken of it is durable.</summary>
    Stored,

    /// <summary>Its body is larger than one may be.</summary>
    TooLarge,

    /// <summary>Its body could not be read.</summary>
    Malformed,

    /// <summary>Its body is of a kind or coding that is not taken.</summary>
    Unsupported,

    /// <summary>There is no room now.</summary>
    Busy,

    /// <summary>Its sender sends more than it may; it comes back later.</summary>
    OverRate,

    /// <summary>Its sender may not send.</summary>
    Forbidden,

    /// <summary>The disk refused it.</summary>
    DiskFailed,

    /// <summary>Our own mistake; what the journal has of it stays.</summary>
    Failed,

    /// <summary>The sender broke off; nobody waits for the answer.</summary>
    BrokenOff,
}

/// <summary>What became of a request, for any protocol to answer.</summary>
/// <param name="Outcome">Whether its records are durable, or why not.</param>
/// <param name="Refused">Records that were not taken: of a stored request those that were refused, of another all that are known.</param>
/// <param name="Message">Why it was not stored, or why records were refused; empty when all is well.</param>
/// <param name="RetryAfterSeconds">When to try again; 0 when that would not help.</param>
internal readonly record struct IntakeResult(IntakeOutcome Outcome, int Refused, string Message, int RetryAfterSeconds)
{
    /// <summary>Records that are durable.</summary>
    public int Taken { get; init; }

    /// <summary>Those among them that are native histograms, and exemplars: <see cref="Signals.Metrics.MetricBatch.NativeCounts"/>.</summary>
    public (int Histograms, int Exemplars) NativeCounts { get; init; }

    /// <summary>Where the journal has the request: <see cref="Signals.Ports.AppendOutcome.Receipt"/>. Null when it has nothing of it.</summary>
    public string? Receipt { get; init; }

    /// <summary>What became of each item, for protocols that answer for each: <see cref="Signals.Logs.LogBatch.Answer"/>.</summary>
    public ReadOnlyMemory<byte> Items { get; init; }

    public static IntakeResult Failed(IntakeOutcome outcome, string message, int retryAfterSeconds = 0) => new(outcome, 0, message, retryAfterSeconds);
}
