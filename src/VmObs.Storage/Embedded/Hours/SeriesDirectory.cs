namespace VmObs.Storage.Embedded.Hours;

/// <summary>The series of a row group in the order of their rows.</summary>
/// <remarks>Immutable: it may be kept and shared as long as the file stays what it is.</remarks>
internal sealed record SeriesDirectory(IReadOnlyList<SeriesPlace> Places)
{
    // An object and an array a series, and the reference to it.
    private const int PlaceBytes = 96;

    /// <summary>What it takes in memory, about.</summary>
    public long HeldBytes => 64 + Places.Sum(place => PlaceBytes + (long)place.Key.Length);
}
