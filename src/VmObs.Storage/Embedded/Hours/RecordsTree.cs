using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>The RFC 6962 tree in BLAKE3 over an hour's records, leaves in order of their keys.</summary>
internal static class RecordsTree
{
    /// <summary>The root over leaves that are in order.</summary>
    public static Digest Root(IEnumerable<Digest> leaves)
    {
        var tree = new MerkleFrontier<Blake3MerkleHash>();
        foreach (var leaf in leaves)
            tree.Append(leaf);
        return tree.Root();
    }
}
