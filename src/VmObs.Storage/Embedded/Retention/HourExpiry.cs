using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Retention;

/// <summary>What is to be dropped of one sealed file.</summary>
/// <param name="File">The file.</param>
/// <param name="Reason">Why.</param>
/// <param name="Dropped">The classes to drop.</param>
/// <param name="DroppedBytes">Their bytes.</param>
/// <param name="Rest">The classes that remain; none: the file is deleted.</param>
/// <param name="RestBytes">The file's bytes that remain.</param>
internal sealed record HourExpiry(HourFile File, ExpiryReason Reason, ExpiryClasses Dropped, long DroppedBytes, ExpiryClasses Rest, long RestBytes)
{
    /// <summary>The facts for a receipt.</summary>
    /// <param name="contentHash">BLAKE3 of the file as it was sealed.</param>
    /// <param name="atUnixNanos">The time by which it was decided.</param>
    /// <param name="outboardHead">BLAKE3 of the outboard's head, where one is made.</param>
    public ExpiredHour ToFacts(string contentHash, long atUnixNanos, string? outboardHead = null) =>
        new(File.StoragePath, contentHash, Reason, atUnixNanos, Dropped, DroppedBytes)
        {
            Rest = Rest.IsEmpty ? null : new HourRest(Rest, RestBytes, outboardHead),
        };
}
