using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;

namespace VmObs.Receipts.Tables;

/// <summary>Takes all hashes of a tree once more, and writes those over that the tiles have otherwise.</summary>
internal sealed class TileMender(TableFile[] levels) : IMerkleTileSink
{
    private readonly long[] _next = new long[levels.Length];

    /// <summary>How many hashes were not what they should be.</summary>
    public long Mended { get; private set; }

    /// <inheritdoc/>
    public void Add(int level, in Digest hash)
    {
        if (levels[level].Mend(_next[level]++, hash.Span))
            Mended++;
    }
}
