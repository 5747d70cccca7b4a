using System.Numerics;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Merkle;

/// <summary>Roots and proofs of a tree from its tiles. Source: RFC 6962 section 2.1.</summary>
/// <remarks>A root reads a tile for each set bit of the size, a proof of n leaves some log₂ n parts of tiles, of which each costs a hash or two for
/// each hash read. Proofs list the hashes from the leaves upward, as <see cref="MerkleProofs"/> verifies them. What is read is not checked.</remarks>
public static class MerkleTiles
{
    /// <summary>Levels of the tree that a tile spans.</summary>
    public const int Height = 8;

    /// <summary>Hashes of a full tile.</summary>
    public const int Width = 1 << Height;

    /// <summary>The root over the first leaves.</summary>
    /// <param name="tiles">Of a tree with at least so many leaves.</param>
    /// <param name="size">Number of leaves, not negative.</param>
    public static Digest Root<THash>(IMerkleTiles tiles, long size)
        where THash : struct, IMerkleHash
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return size == 0 ? THash.Empty : RootOf<THash>(tiles, 0, size);
    }

    /// <summary>The tree over the first leaves, ready to grow.</summary>
    /// <param name="tiles">Of a tree with at least so many leaves.</param>
    /// <param name="size">Number of leaves, not negative.</param>
    public static MerkleFrontier<THash> Frontier<THash>(IMerkleTiles tiles, long size)
        where THash : struct, IMerkleHash
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var subtrees = new List<Digest>(64);
        for (var (start, left) = (0L, size); left > 0;)
        {
            var level = BitOperations.Log2((ulong)left);
            subtrees.Add(Subtree<THash>(tiles, level, start >> level));
            (start, left) = (start + (1L << level), left - (1L << level));
        }
        return new MerkleFrontier<THash>(subtrees, size);
    }

    /// <summary>Proves that a leaf is in the tree over the first leaves.</summary>
    /// <param name="tiles">Of a tree with at least so many leaves.</param>
    /// <param name="index">The leaf, counted from 0.</param>
    /// <param name="size">Number of leaves of the tree that it is proven in.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf.</exception>
    public static IReadOnlyList<Digest> Inclusion<THash>(IMerkleTiles tiles, long index, long size)
        where THash : struct, IMerkleHash => Inclusion<THash>(tiles, 0, index, size);

    /// <summary>Proves that a complete subtree is in the tree over the first leaves: <see cref="MerkleProofs.VerifyInclusion"/> takes it as leaf
    /// <paramref name="number"/> of ⌈size / 2^level⌉.</summary>
    /// <param name="tiles">Of a tree with at least so many leaves.</param>
    /// <param name="level">The subtree has 2^level leaves.</param>
    /// <param name="number">Its number among its like, counted from 0.</param>
    /// <param name="size">Number of leaves of the tree that it is proven in.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such subtree, or it is not complete.</exception>
    public static IReadOnlyList<Digest> Inclusion<THash>(IMerkleTiles tiles, int level, long number, long size)
        where THash : struct, IMerkleHash
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, size >> level);
        var proof = new List<Digest>();
        var (first, length) = (number << level, 1L << level);
        for (var (start, end) = (0L, size); end - start > length;)
        {
            var split = start + SplitOf(end - start);
            var isLeft = first < split;
            proof.Add(isLeft ? RootOf<THash>(tiles, split, end) : RootOf<THash>(tiles, start, split));
            (start, end) = isLeft ? (start, split) : (split, end);
        }
        proof.Reverse();
        return proof;
    }

    /// <summary>Proves that the tree over the first leaves is the beginning of a larger one.</summary>
    /// <param name="tiles">Of a tree with at least as many leaves as the larger one.</param>
    /// <param name="oldSize">Leaves of the older tree; the proof is empty for 0 and for all.</param>
    /// <param name="size">Leaves of the larger tree.</param>
    /// <exception cref="ArgumentOutOfRangeException">The older tree is not the smaller one.</exception>
    public static IReadOnlyList<Digest> Consistency<THash>(IMerkleTiles tiles, long oldSize, long size)
        where THash : struct, IMerkleHash
    {
        ArgumentOutOfRangeException.ThrowIfNegative(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, size);
        var proof = new List<Digest>();
        if (oldSize == 0 || oldSize == size)
            return proof;
        // While only left halves were taken, the old tree is a whole subtree whose root the verifier has.
        var isWholeOldTree = true;
        var (start, end) = (0L, size);
        while (oldSize < end)
        {
            var split = start + SplitOf(end - start);
            var isLeft = oldSize <= split;
            proof.Add(isLeft ? RootOf<THash>(tiles, split, end) : RootOf<THash>(tiles, start, split));
            (start, end) = isLeft ? (start, split) : (split, end);
            isWholeOldTree &= isLeft;
        }
        if (!isWholeOldTree)
            proof.Add(RootOf<THash>(tiles, start, end));
        proof.Reverse();
        return proof;
    }

    /// <summary>The root over neighbouring hashes of one level, as many as a power of two.</summary>
    /// <param name="hashes">1 to 256 hashes; overwritten.</param>
    public static Digest Fold<THash>(Span<Digest> hashes)
        where THash : struct, IMerkleHash
    {
        for (; hashes.Length > 1; hashes = hashes[..(hashes.Length / 2)])
        {
            for (var i = 0; i < hashes.Length / 2; i++)
                hashes[i] = THash.Node(hashes[2 * i], hashes[(2 * i) + 1]);
        }
        return hashes[0];
    }

    /// <summary>The root over a range of leaves that begins at a multiple of the largest power of two below its length, as RFC 6962 splits a tree.</summary>
    private static Digest RootOf<THash>(IMerkleTiles tiles, long start, long end)
        where THash : struct, IMerkleHash
    {
        // Its complete subtrees, of which the last one is the smallest.
        var level = BitOperations.TrailingZeroCount(end - start);
        var root = Subtree<THash>(tiles, level, (end >> level) - 1);
        for (end -= 1L << level; end > start; end -= 1L << level)
        {
            level = BitOperations.TrailingZeroCount(end - start);
            root = THash.Node(Subtree<THash>(tiles, level, (end >> level) - 1), root);
        }
        return root;
    }

    /// <summary>The root of the complete subtree of 2^level leaves with a number among its like.</summary>
    private static Digest Subtree<THash>(IMerkleTiles tiles, int level, long number)
        where THash : struct, IMerkleHash
    {
        var (tileLevel, depth) = Math.DivRem(level, Height);
        Span<Digest> hashes = stackalloc Digest[1 << depth];
        tiles.Read(tileLevel, number << depth, hashes);
        return Fold<THash>(hashes);
    }

    // The largest power of two below the count, which is 2 or more.
    private static long SplitOf(long count) => 1L << BitOperations.Log2((ulong)count - 1);
}
