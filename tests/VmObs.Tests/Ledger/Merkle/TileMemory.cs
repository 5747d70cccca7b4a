using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;

namespace VmObs.Tests.Ledger.Merkle;

/// <summary>Tiles in memory, which refuse what no tile could give.</summary>
internal sealed class TileMemory : IMerkleTiles, IMerkleTileSink
{
    private readonly List<List<Digest>> _levels = [];

    public void Add(int level, in Digest hash)
    {
        while (_levels.Count <= level)
            _levels.Add([]);
        _levels[level].Add(hash);
    }

    public void Read(int level, long first, Span<Digest> hashes)
    {
        Assert.InRange(hashes.Length, 1, MerkleTiles.Width);
        Assert.Equal(first / MerkleTiles.Width, (first + hashes.Length - 1) / MerkleTiles.Width);
        _levels[level].GetRange((int)first, hashes.Length).CopyTo(hashes);
    }
}
