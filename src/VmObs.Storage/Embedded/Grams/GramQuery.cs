namespace VmObs.Storage.Embedded.Grams;

/// <summary>Grams that a block must have to hold all of some texts.</summary>
internal sealed class GramQuery
{
    // More only cost looks: each leaves one block in seven of those that do not hold it.
    private const int MaxGrams = 24;

    private GramQuery(uint[] chosen, uint[] all) => (Chosen, All) = (chosen, all);

    /// <summary>Those that groups of the first kind have too; may be none.</summary>
    public IReadOnlyList<uint> Chosen { get; }

    /// <summary>Those and the ones of four letters; at least one.</summary>
    public IReadOnlyList<uint> All { get; }

    /// <summary>Prepares texts; null when all are too short to tell a block by.</summary>
    public static GramQuery? Of(IReadOnlyList<byte[]> texts)
    {
        var (chosen, letters) = (new HashSet<uint>(), new HashSet<uint>());
        foreach (var text in texts)
        {
            var room = new uint[GramSelection.RoomFor(text.Length)];
            chosen.UnionWith(room[..GramSelection.Select(text, room)]);
            letters.UnionWith(room[..GramSelection.SelectLetters(text, room)]);
        }
        // Chosen ones lie apart, and tell more of a long text than letters that overlap.
        uint[] all = [.. chosen.Concat(letters).Distinct().Take(MaxGrams)];
        return all.Length == 0 ? null : new GramQuery([.. chosen.Take(MaxGrams)], all);
    }
}
