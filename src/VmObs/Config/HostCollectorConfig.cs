namespace VmObs.Config;

/// <summary>Whether the engine watches the host that it runs on.</summary>
internal sealed record HostCollectorConfig(bool Enabled);
