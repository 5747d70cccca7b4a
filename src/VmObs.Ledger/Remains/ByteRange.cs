namespace VmObs.Ledger.Remains;

/// <summary>Bytes of a file that follow one another.</summary>
/// <param name="Offset">Where they begin.</param>
/// <param name="Length">How many they are.</param>
public readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>The first byte behind them.</summary>
    public long End => Offset + Length;

    /// <summary>The ranges in ascending order, those that touch or overlap as one, without empty ones.</summary>
    public static IReadOnlyList<ByteRange> Join(IEnumerable<ByteRange> ranges)
    {
        var joined = new List<ByteRange>();
        foreach (var range in ranges.Where(range => range.Length > 0).OrderBy(range => range.Offset))
        {
            if (joined.Count > 0 && joined[^1].End >= range.Offset)
                joined[^1] = new ByteRange(joined[^1].Offset, Math.Max(joined[^1].End, range.End) - joined[^1].Offset);
            else
                joined.Add(range);
        }
        return joined;
    }
}
