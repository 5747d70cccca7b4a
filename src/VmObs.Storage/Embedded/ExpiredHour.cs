namespace VmObs.Storage.Embedded;

/// <summary>What is dropped of a sealed hour: all that its receipt says about it.</summary>
/// <param name="StoragePath">The sealed file, relative to the data folder, with slashes.</param>
/// <param name="ContentHash">BLAKE3 of the file as it was sealed, lower-case hex.</param>
/// <param name="Reason">Why.</param>
/// <param name="AtUnixNanos">The time by which it was decided, Unix ns.</param>
/// <param name="Dropped">The classes that go now.</param>
/// <param name="DroppedBytes">Their bytes in the file.</param>
public sealed record ExpiredHour(
    string StoragePath, string ContentHash, ExpiryReason Reason, long AtUnixNanos, ExpiryClasses Dropped, long DroppedBytes)
{
    /// <summary>What remains; null when the file is deleted.</summary>
    public HourRest? Rest { get; init; }
}

/// <summary>What remains of a sealed hour.</summary>
/// <param name="Classes">The classes that remain.</param>
/// <param name="Bytes">The file's bytes without those that are gone.</param>
/// <param name="OutboardHead">BLAKE3 of the head of the outboard beside it, lower-case hex; null while it is only planned.</param>
public sealed record HourRest(ExpiryClasses Classes, long Bytes, string? OutboardHead);

/// <summary>Why something expires.</summary>
public enum ExpiryReason
{
    /// <summary>It is older than its class is kept.</summary>
    Age,

    /// <summary>Sealed files have come to more bytes than they may.</summary>
    Size,
}

/// <summary>What the ledger knows of an expired hour.</summary>
/// <param name="StoragePath">The sealed file.</param>
/// <param name="OutboardHead">BLAKE3 of the outboard's head, lower-case hex; null when the file is deleted.</param>
public sealed record ExpiredHourReceipt(string StoragePath, string? OutboardHead);
