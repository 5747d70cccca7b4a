namespace VmObs.HostMetrics;

/// <summary>What a host says of itself at a moment. What it does not say is null.</summary>
internal sealed record HostReading
{
    /// <summary>Processor time since the start, of all processors: busy and in all, in ticks.</summary>
    public (ulong Busy, ulong Total)? Processor { get; init; }

    /// <summary>Load of the last 1, 5 and 15 minutes.</summary>
    public (double One, double Five, double Fifteen)? Load { get; init; }

    /// <summary>Threads that exist.</summary>
    public double? Threads { get; init; }

    /// <summary>Memory: in all, and what programs could get, bytes.</summary>
    public (double Total, double Available)? Memory { get; init; }

    /// <summary>Swap in use, bytes.</summary>
    public double? SwapUsed { get; init; }

    /// <summary>The data folder's file system: in all, used, and what programs could get, bytes.</summary>
    public (double Total, double Used, double Available)? Disk { get; init; }

    /// <summary>Bytes received and sent since the start, over all devices but loopback.</summary>
    public (double Received, double Sent)? Network { get; init; }

    /// <summary>File descriptors that are open.</summary>
    public double? OpenFiles { get; init; }

    /// <summary>Since the start, seconds.</summary>
    public double? Uptime { get; init; }

    /// <summary>Bytes read and written since the start, by disk.</summary>
    public IReadOnlyList<(string Device, double Read, double Written)> Disks { get; init; } = [];
}
