using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>The records tree of a trace file: leaves by key over both classes, though the file has all failed traces before the others.</summary>
/// <remarks>Holds the failed traces' leaves, which wait for the others between them; nothing a trace beyond that.</remarks>
internal sealed class TraceTree
{
    private readonly MerkleFrontier<Blake3MerkleHash> _tree = new();
    private readonly Queue<(TraceKey Key, Digest Leaf)> _failed = [];

    /// <summary>Traces added.</summary>
    public long Size => _tree.Size + _failed.Count;

    /// <summary>Adds a trace: the failed ones first, each class ascending.</summary>
    public void Add(TraceKey key, bool failed, in Digest leaf)
    {
        if (failed)
        {
            _failed.Enqueue((key, leaf));
            return;
        }
        while (_failed.TryPeek(out var earlier) && earlier.Key.CompareTo(key) < 0)
            _tree.Append(_failed.Dequeue().Leaf);
        _tree.Append(leaf);
    }

    /// <summary>The root; nothing may be added after it.</summary>
    public Digest Root()
    {
        while (_failed.TryDequeue(out var rest))
            _tree.Append(rest.Leaf);
        return _tree.Root();
    }
}
