namespace VmObs.Storage.Embedded.Verify;

/// <summary>Whether two multisets of records are one, in fixed memory: the differences of the sums of their prints, in parts by the prints' low bits.</summary>
/// <remarks>Prints are keyed at random for each run (<see cref="RecordPrints"/>), so that nobody can choose records whose sums agree beforehand. Two
/// different multisets agree with a probability near 2^-128.</remarks>
internal sealed class RecordSums
{
    /// <summary>How many parts there are: 64 KiB an hour file, and what differs is looked for in a 4096th of it.</summary>
    public const int Parts = 4096;

    private readonly UInt128[] _sums = new UInt128[Parts];

    /// <summary>The part that a print is in.</summary>
    public static int PartOf(UInt128 print) => (int)(ulong)print & (Parts - 1);

    /// <summary>Adds a record of the one side.</summary>
    public void Add(UInt128 print) => _sums[PartOf(print)] = unchecked(_sums[PartOf(print)] + print);

    /// <summary>Adds a record of the other side.</summary>
    public void Subtract(UInt128 print) => _sums[PartOf(print)] = unchecked(_sums[PartOf(print)] - print);

    /// <summary>The parts in which the sides differ, ascending; none when they are the same.</summary>
    public IEnumerable<int> Differing()
    {
        for (var part = 0; part < Parts; part++)
        {
            if (_sums[part] != UInt128.Zero)
                yield return part;
        }
    }
}
