namespace VmObs.Scrape.Targets;

/// <summary>A series of a target, from the scrape that had it first to the one that no longer has it.</summary>
/// <param name="labels">Its labels after relabelling, encoded; null where relabelling drops it.</param>
internal sealed class CachedSeries(byte[]? labels)
{
    private HashSet<ulong>? _exemplars, _exemplarsBefore;
    private long _exemplarRound = -1;

    public byte[]? Labels => labels;

    /// <summary>The last scrape that had it.</summary>
    public long Round { get; set; } = -1;

    public bool HasOwnTime { get; set; }

    /// <summary>Whether its samples are native histograms.</summary>
    public bool IsNative { get; set; }

    /// <summary>Whether a scrape that did not fail had it; others have nothing to end.</summary>
    public bool IsStored { get; set; }

    public bool NeedsMarker => Labels is not null && IsStored && !HasOwnTime;

    /// <summary>Notes an exemplar of this round.</summary>
    /// <param name="hash">Of all that it says.</param>
    /// <returns>Whether the round before did not have it: a target shows an exemplar until it has another.</returns>
    public bool IsNewExemplar(ulong hash)
    {
        if (_exemplarRound != Round)
        {
            (_exemplarsBefore, _exemplars) = (_exemplars, []);
            _exemplarRound = Round;
        }
        _exemplars!.Add(hash);
        return _exemplarsBefore?.Contains(hash) != true;
    }
}
