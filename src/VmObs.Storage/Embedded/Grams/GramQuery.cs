namespace VmObs.Storage.Embedded.Grams;

/// <summary>Grams that a block must have to hold all of some texts.</summary>
internal sealed class GramQuery
{
    // More only cost looks: each leaves one block in seven of those that do not hold it.
    private const int MaxGrams = 24;

    private GramQuery(uint[] grams) => Grams = grams;

    /// <summary>At least one.</summary>
    public IReadOnlyList<uint> Grams { get; }

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
        uint[] grams = [.. chosen.Concat(letters).Distinct().Take(MaxGrams)];
        return grams.Length == 0 ? null : new GramQuery(grams);
    }
}
