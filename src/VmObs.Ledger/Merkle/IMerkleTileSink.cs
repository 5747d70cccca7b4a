using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Merkle;

/// <summary>Takes the hashes that <see cref="IMerkleTiles"/> gives, as a tree grows.</summary>
public interface IMerkleTileSink
{
    /// <summary>Adds the next hash of a level.</summary>
    /// <param name="level">0: leaves; 1: subtrees of 256 leaves; 2: of 65,536; and so on.</param>
    /// <param name="hash">The hash, complete.</param>
    void Add(int level, in Digest hash);
}
