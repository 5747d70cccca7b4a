using System.Numerics;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Merkle;

/// <summary>Inclusion and consistency proofs. Sources: RFC 6962 section 2.1 (generation), RFC 9162 sections 2.1.3.2 and 2.1.4.2 (verification).</summary>
/// <remarks>Generation hashes every leaf that it is given; verification takes time in the proof's length alone. Proofs list the hashes from the
/// leaves upward.</remarks>
public static class MerkleProofs
{
    /// <summary>The root over leaf hashes.</summary>
    public static Digest Root<THash>(ReadOnlySpan<Digest> leaves)
        where THash : struct, IMerkleHash
    {
        if (leaves.IsEmpty)
            return THash.Empty;
        if (leaves.Length == 1)
            return leaves[0];
        var split = SplitOf(leaves.Length);
        return THash.Node(Root<THash>(leaves[..split]), Root<THash>(leaves[split..]));
    }

    /// <summary>Proves that a leaf is in the tree over all of the leaves.</summary>
    /// <param name="leaves">Leaf hashes.</param>
    /// <param name="index">The leaf, counted from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf.</exception>
    public static IReadOnlyList<Digest> Inclusion<THash>(ReadOnlySpan<Digest> leaves, int index)
        where THash : struct, IMerkleHash
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, leaves.Length);
        var proof = new List<Digest>();
        while (leaves.Length > 1)
        {
            var split = SplitOf(leaves.Length);
            var isLeft = index < split;
            proof.Add(Root<THash>(isLeft ? leaves[split..] : leaves[..split]));
            leaves = isLeft ? leaves[..split] : leaves[split..];
            index -= isLeft ? 0 : split;
        }
        proof.Reverse();
        return proof;
    }

    /// <summary>Proves that the tree over the first leaves is the beginning of the tree over all of them.</summary>
    /// <param name="leaves">Leaf hashes of the newer tree.</param>
    /// <param name="oldSize">Number of leaves of the older tree; the proof is empty for 0 and for all.</param>
    /// <exception cref="ArgumentOutOfRangeException">The older tree is not the smaller one.</exception>
    public static IReadOnlyList<Digest> Consistency<THash>(ReadOnlySpan<Digest> leaves, int oldSize)
        where THash : struct, IMerkleHash
    {
        ArgumentOutOfRangeException.ThrowIfNegative(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, leaves.Length);
        var proof = new List<Digest>();
        if (oldSize == 0 || oldSize == leaves.Length)
            return proof;
        // While only left halves were taken, the old tree is a whole subtree whose root the verifier has.
        var isWholeOldTree = true;
        while (oldSize < leaves.Length)
        {
            var split = SplitOf(leaves.Length);
            var isLeft = oldSize <= split;
            proof.Add(Root<THash>(isLeft ? leaves[split..] : leaves[..split]));
            leaves = isLeft ? leaves[..split] : leaves[split..];
            oldSize -= isLeft ? 0 : split;
            isWholeOldTree &= isLeft;
        }
        if (!isWholeOldTree)
            proof.Add(Root<THash>(leaves));
        proof.Reverse();
        return proof;
    }

    /// <summary>Whether the proof shows the leaf at its place under the root.</summary>
    /// <param name="leaf">The leaf's hash.</param>
    /// <param name="index">Its place, counted from 0.</param>
    /// <param name="size">Number of leaves under the root.</param>
    /// <param name="proof">Hashes from the leaf upward.</param>
    /// <param name="root">The tree's root.</param>
    public static bool VerifyInclusion<THash>(in Digest leaf, long index, long size, ReadOnlySpan<Digest> proof, in Digest root)
        where THash : struct, IMerkleHash
    {
        if (index < 0 || index >= size)
            return false;
        var (fn, sn, computed) = (index, size - 1, leaf);
        foreach (ref readonly var sibling in proof)
        {
            if (sn == 0)
                return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                computed = THash.Node(sibling, computed);
                SkipLevelsWithoutSibling(ref fn, ref sn);
            }
            else
            {
                computed = THash.Node(computed, sibling);
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return sn == 0 && computed == root;
    }

    /// <summary>Whether the proof shows the older tree to be the beginning of the newer one.</summary>
    /// <param name="oldSize">Number of leaves of the older tree; 0 is the beginning of every tree and needs no proof.</param>
    /// <param name="oldRoot">The older tree's root.</param>
    /// <param name="newSize">Number of leaves of the newer tree.</param>
    /// <param name="newRoot">The newer tree's root.</param>
    /// <param name="proof">Hashes from the leaves upward.</param>
    public static bool VerifyConsistency<THash>(
        long oldSize, in Digest oldRoot, long newSize, in Digest newRoot, ReadOnlySpan<Digest> proof)
        where THash : struct, IMerkleHash
    {
        if (oldSize < 0 || oldSize > newSize)
            return false;
        if (oldSize == newSize)
            return proof.IsEmpty && oldRoot == newRoot && (oldSize > 0 || oldRoot == THash.Empty);
        if (oldSize == 0)
            return proof.IsEmpty && oldRoot == THash.Empty;
        var (fn, sn) = (oldSize - 1, newSize - 1);
        var shift = BitOperations.TrailingZeroCount(~fn);
        (fn, sn) = (fn >> shift, sn >> shift);
        // An older tree whose size is a power of two is a whole subtree: its root is where the way up begins.
        var start = oldRoot;
        if (!BitOperations.IsPow2(oldSize))
        {
            if (proof.IsEmpty)
                return false;
            start = proof[0];
            proof = proof[1..];
        }
        var (fr, sr) = (start, start);
        foreach (ref readonly var sibling in proof)
        {
            if (sn == 0)
                return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                fr = THash.Node(sibling, fr);
                sr = THash.Node(sibling, sr);
                SkipLevelsWithoutSibling(ref fn, ref sn);
            }
            else
            {
                sr = THash.Node(sr, sibling);
            }
            (fn, sn) = (fn >> 1, sn >> 1);
        }
        return sn == 0 && fr == oldRoot && sr == newRoot;
    }

    // The last node of a level with an odd number of nodes moves up unhashed, as often as its index is even.
    private static void SkipLevelsWithoutSibling(ref long fn, ref long sn)
    {
        while ((fn & 1) == 0 && fn != 0)
            (fn, sn) = (fn >> 1, sn >> 1);
    }

    // The largest power of two below the count, which is 2 or more.
    private static int SplitOf(int count) => 1 << BitOperations.Log2((uint)count - 1);
}
