namespace VmObs.Storage.Embedded.Grams;

/// <summary>Grams that a block must have to hold all of some texts.</summary>
internal sealed class GramQuery
{
    // More only cost looks: each leaves one block in seven of those that do not hold it.
    private const int MaxGrams = 24;

    private GramQuery(uint[] grams) => Grams = grams;

    /// <summary>The grams; at least one.</summary>
    public IReadOnlyList<uint> Grams { get; }

    /// <summary>Prepares texts; null when all are too short to tell a block by.</summary>
    public static GramQuery? Of(IReadOnlyList<byte[]> texts)
    {
        var grams = new HashSet<uint>();
        foreach (var text in texts)
        {
            var room = new uint[GramSelection.RoomFor(text.Length)];
            foreach (var gram in room.AsSpan(0, GramSelection.Select(text, room)))
                grams.Add(gram);
        }
        return grams.Count == 0 ? null : new GramQuery([.. grams.Take(MaxGrams)]);
    }
}
