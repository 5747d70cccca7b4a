using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Merkle;

/// <summary>What is stored of an RFC 6962 tree: the hashes of its leaves, and of each complete subtree of 256, of 65,536, … leaves.
/// Source: C2SP tlog-tiles.</summary>
public interface IMerkleTiles
{
    /// <summary>Reads neighbouring hashes of a level.</summary>
    /// <param name="level">0: leaves; 1: subtrees of 256 leaves; 2: of 65,536; and so on.</param>
    /// <param name="first">Which hash of the level comes first, counted from 0.</param>
    /// <param name="hashes">Gets them: at most 256, all of one tile, and all complete.</param>
    void Read(int level, long first, Span<Digest> hashes);
}
