namespace VmObs.Storage.Embedded.Hours;

/// <summary>The series of a row group in the order of their rows, which is that of their keys.</summary>
/// <remarks>Immutable: it may be kept and shared as long as the file stays what it is.</remarks>
internal sealed record SeriesDirectory(IReadOnlyList<SeriesPlace> Places)
{
    // An object and an array a series, and the reference to it.
    private const int PlaceBytes = 96;

    /// <summary>What it takes in memory, about.</summary>
    public long HeldBytes => 64 + Places.Sum(place => PlaceBytes + (long)place.Key.Length);

    /// <summary>Numbers of the series that are wanted, in order. Where the metric's name is asked for, series of other names are not looked at.</summary>
    public List<int> Find(MetricSelection selection)
    {
        var found = new List<int>();
        if (selection.NamePrefixes is not { } prefixes)
        {
            Look(selection, 0, Places.Count, found);
            return found;
        }
        // Keys that begin with a label before __name__ may have any name.
        var (first, end) = Range(0, MetricSelection.NameLabel);
        Look(selection, 0, first, found);
        for (var i = 0; i < prefixes.Count; i++)
        {
            var (from, to) = Range(first, prefixes[i].Span);
            Look(selection, from, to, found);
            first = to;
        }
        Look(selection, end, Places.Count, found);
        return found;
    }

    private void Look(MetricSelection selection, int from, int to, List<int> found)
    {
        for (var i = from; i < to; i++)
        {
            if (selection.Matches(Places[i].Key))
                found.Add(i);
        }
    }

    /// <summary>The series from a place on whose keys begin with some bytes.</summary>
    private (int From, int To) Range(int first, ReadOnlySpan<byte> prefix)
    {
        var from = Bound(first, prefix, 0);
        return (from, Bound(from, prefix, 1));
    }

    // The first key from a place on that, cut to the prefix's length, is not before it (0) or is behind it (1).
    private int Bound(int first, ReadOnlySpan<byte> prefix, int than)
    {
        var (low, high) = (first, Places.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var key = Places[middle].Key.AsSpan();
            var order = key[..Math.Min(key.Length, prefix.Length)].SequenceCompareTo(prefix);
            (low, high) = order < 0 || (order == 0 && than == 1) ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
