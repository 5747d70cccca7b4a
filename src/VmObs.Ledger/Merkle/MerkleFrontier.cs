using System.Numerics;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Merkle;

/// <summary>A growing RFC 6962 tree that remembers only what later roots need: one hash for each set bit of its size.</summary>
/// <remarks>Not thread-safe. Append is O(1) amortised, the root O(log n), memory O(log n).</remarks>
public sealed class MerkleFrontier<THash>
    where THash : struct, IMerkleHash
{
    // Roots of complete subtrees, the largest (leftmost) first.
    private readonly List<Digest> _subtrees;

    /// <summary>An empty tree.</summary>
    public MerkleFrontier() => _subtrees = new(64);

    /// <summary>A tree of which this is remembered.</summary>
    /// <param name="subtrees">Roots of its complete subtrees, the largest first.</param>
    /// <param name="size">Number of leaves.</param>
    internal MerkleFrontier(List<Digest> subtrees, long size) => (_subtrees, Size) = (subtrees, size);

    private MerkleFrontier(MerkleFrontier<THash> other)
    {
        _subtrees = [.. other._subtrees];
        Size = other.Size;
    }

    /// <summary>Number of leaves.</summary>
    public long Size { get; private set; }

    /// <summary>The tree as it is now, to go back to.</summary>
    public MerkleFrontier<THash> Copy() => new(this);

    /// <summary>Adds a leaf by its hash (<see cref="IMerkleHash.Leaf"/>).</summary>
    /// <param name="leaf">The hash.</param>
    /// <param name="tiles">Gets the hash and those of the tiles that it completes; null when nobody stores them.</param>
    public void Append(in Digest leaf, IMerkleTileSink? tiles = null)
    {
        var node = leaf;
        tiles?.Add(0, node);
        Size++;
        var height = BitOperations.TrailingZeroCount(Size);
        for (var level = 1; level <= height; level++)
        {
            node = THash.Node(_subtrees[^1], node);
            _subtrees.RemoveAt(_subtrees.Count - 1);
            if (level % MerkleTiles.Height == 0)
                tiles?.Add(level / MerkleTiles.Height, node);
        }
        _subtrees.Add(node);
    }

    /// <summary>The root over all leaves so far.</summary>
    public Digest Root()
    {
        if (Size == 0)
            return THash.Empty;
        var root = _subtrees[^1];
        for (var i = _subtrees.Count - 2; i >= 0; i--)
            root = THash.Node(_subtrees[i], root);
        return root;
    }
}
