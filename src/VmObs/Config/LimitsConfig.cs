namespace VmObs.Config;

/// <summary>What one sender may ask of the engine.</summary>
internal sealed record LimitsConfig
{
    /// <summary>Bodies that one sender may send a second, bytes; null: as many as it can. A token may say another rate for its holder.</summary>
    public long? SourceBytesPerSecond { get; init; }
}
