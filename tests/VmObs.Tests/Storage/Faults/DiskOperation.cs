namespace VmObs.Tests.Storage.Faults;

/// <summary>What can be done to a disk.</summary>
internal enum DiskOperationKind
{
    Create,
    Write,
    Cut,
    Sync,
    Rename,
    Delete,
    MakeFolder,
    SyncFolder,
}

/// <summary>One change of a disk, as it was asked for.</summary>
/// <param name="Kind">What.</param>
/// <param name="Path">Where; a rename's source.</param>
internal sealed record DiskOperation(DiskOperationKind Kind, string Path)
{
    /// <summary>Which file: a number that stays with it under whatever name.</summary>
    public int File { get; init; }

    /// <summary>Where a write begins; the length that a cut leaves.</summary>
    public long Offset { get; init; }

    public byte[] Bytes { get; init; } = [];

    /// <summary>A rename's target.</summary>
    public string To { get; init; } = "";

    public override string ToString() => $"{Kind} {Path}{(To.Length > 0 ? " to " + To : "")}{(Kind is DiskOperationKind.Write or DiskOperationKind.Cut ? $" at {Offset}, {Bytes.Length} bytes" : "")}";
}
