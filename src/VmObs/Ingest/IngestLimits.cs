namespace VmObs.Ingest;

/// <summary>What a sender may ask of the engine's memory.</summary>
internal sealed record IngestLimits
{
    /// <summary>A request's body as sent may not be larger, bytes.</summary>
    public int MaxBodyBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bodies of all requests being read or stored together, bytes; requests beyond are told to come back.</summary>
    public long MaxBytesInFlight { get; init; } = 256L * 1024 * 1024;

    /// <summary>Bodies that one sender may send a second, bytes; null: as many as it can.</summary>
    public long? SourceBytesPerSecond { get; init; }
}
