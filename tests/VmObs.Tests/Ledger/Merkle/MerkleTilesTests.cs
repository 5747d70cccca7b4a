using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;

namespace VmObs.Tests.Ledger.Merkle;

public sealed class MerkleTilesTests
{
    private static readonly Digest[] s_leaves = [.. Enumerable.Range(0, 140_000).Select(i => Blake3MerkleHash.Leaf(BitConverter.GetBytes(i)))];
    private static readonly TileMemory s_tiles = Tiles(s_leaves.Length);

    // Around the widths of tiles of two levels, and odd ones.
    public static TheoryData<int> Sizes => [1, 2, 3, 7, 255, 256, 257, 511, 512, 513, 1000, 65_535, 65_536, 65_537, 65_792, 131_072, 139_999];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Root_and_proofs_are_those_of_the_leaves(int size)
    {
        var leaves = s_leaves.AsSpan(0, size);
        Assert.Equal(MerkleProofs.Root<Blake3MerkleHash>(leaves), MerkleTiles.Root<Blake3MerkleHash>(s_tiles, size));
        foreach (var index in new HashSet<int> { 0, 1, size / 3, size / 2, size - 2, size - 1 }.Where(index => index >= 0 && index < size))
            Assert.Equal(MerkleProofs.Inclusion<Blake3MerkleHash>(leaves, index), MerkleTiles.Inclusion<Blake3MerkleHash>(s_tiles, index, size));
        foreach (var old in new HashSet<int> { 0, 1, 2, 255, 256, 257, size / 3, size / 2, 65_536, size - 1, size }.Where(old => old >= 0 && old <= size))
            Assert.Equal(MerkleProofs.Consistency<Blake3MerkleHash>(leaves, old), MerkleTiles.Consistency<Blake3MerkleHash>(s_tiles, old, size));
    }

    [Fact]
    public void Root_of_nothing_is_that_of_the_empty_tree() => Assert.Equal(Blake3MerkleHash.Empty, MerkleTiles.Root<Blake3MerkleHash>(s_tiles, 0));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Tree_from_tiles_grows_as_if_it_had_taken_every_leaf(int size)
    {
        var added = Math.Min(300, s_leaves.Length - size);
        var tiles = Tiles(size);
        var tree = MerkleTiles.Frontier<Blake3MerkleHash>(tiles, size);
        Assert.Equal(size, tree.Size);
        foreach (ref readonly var leaf in s_leaves.AsSpan(size, added))
            tree.Append(leaf, tiles);
        Assert.Equal(MerkleProofs.Root<Blake3MerkleHash>(s_leaves.AsSpan(0, size + added)), tree.Root());
        Assert.Equal(tree.Root(), MerkleTiles.Root<Blake3MerkleHash>(tiles, size + added));
    }

    [Fact]
    public void A_place_or_size_beyond_the_tree_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleTiles.Inclusion<Blake3MerkleHash>(s_tiles, 8, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleTiles.Inclusion<Blake3MerkleHash>(s_tiles, -1, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleTiles.Consistency<Blake3MerkleHash>(s_tiles, 9, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleTiles.Root<Blake3MerkleHash>(s_tiles, -1));
    }

    private static TileMemory Tiles(int size)
    {
        var tiles = new TileMemory();
        var tree = new MerkleFrontier<Blake3MerkleHash>();
        foreach (ref readonly var leaf in s_leaves.AsSpan(0, size))
            tree.Append(leaf, tiles);
        return tiles;
    }
}
