namespace VmObs.Tests.Storage.Faults;

/// <summary>What a power loss leaves of content that was written and not synced.</summary>
internal enum UnsyncedContent
{
    /// <summary>Nothing; a file whose name survived may be empty.</summary>
    Lost,

    /// <summary>All of it.</summary>
    Kept,

    /// <summary>The last write's first half.</summary>
    TornAtTheEnd,

    /// <summary>The last write with zeros in its middle.</summary>
    TornInTheMiddle,

    /// <summary>The length, filled with zeros.</summary>
    Zeros,
}
