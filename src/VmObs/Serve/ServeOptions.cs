using VmObs.Access;
using VmObs.Config;

namespace VmObs.Serve;

/// <summary>What `vm-obs serve` was asked for.</summary>
/// <param name="DataFolder">Absolute path; created when missing.</param>
/// <param name="Addresses">Where to listen.</param>
/// <param name="Config">The configuration file, or its defaults.</param>
internal sealed record ServeOptions(string DataFolder, FrontAddresses Addresses, EngineConfig Config)
{
    /// <summary>The signing key's secret from the environment; null where it has none. Zeroed by whoever made it, once the engine has started.</summary>
    public byte[]? SigningSeed { get; init; }

    /// <summary>What guards the server. Whoever made it disposes it.</summary>
    public FrontSecurity Security { get; init; } = FrontSecurity.None;

    /// <summary>The configuration file, to be read again; null where none was named.</summary>
    public string? ConfigFile { get; init; }
}
