using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;

namespace VmObs.Tests.Ledger.Merkle;

public sealed class MerkleFrontierTests
{
    // The eight leaves of certificate-transparency's reference tests, and the roots after each.
    private static readonly string[] s_leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] s_roots =
    [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void Published_rfc6962_trees_have_the_published_roots()
    {
        var tree = new MerkleFrontier<Sha256MerkleHash>();
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", tree.Root().ToHex());
        for (var i = 0; i < s_leaves.Length; i++)
        {
            tree.Append(Sha256MerkleHash.Leaf(Convert.FromHexString(s_leaves[i])));
            Assert.Equal(s_roots[i], tree.Root().ToHex());
        }
    }

    [Fact]
    public void Blake3_roots_are_those_of_the_recursive_definition()
    {
        var leaves = new List<Digest>();
        var tree = new MerkleFrontier<Blake3MerkleHash>();
        for (var i = 0; i < 70; i++)
        {
            leaves.Add(Blake3MerkleHash.Leaf([(byte)i]));
            tree.Append(leaves[^1]);
            Assert.Equal(Recursive(leaves, 0, leaves.Count), tree.Root());
        }
    }

    // RFC 6962, 2.1: split at the largest power of two below n.
    private static Digest Recursive(List<Digest> leaves, int from, int count)
    {
        if (count == 1)
            return leaves[from];
        var split = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count) / 2;
        return Blake3MerkleHash.Node(Recursive(leaves, from, split), Recursive(leaves, from + split, count - split));
    }
}
