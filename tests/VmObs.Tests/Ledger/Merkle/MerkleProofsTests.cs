using CsCheck;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;

namespace VmObs.Tests.Ledger.Merkle;

public sealed class MerkleProofsTests
{
    // The leaves of certificate-transparency's reference tests; the proofs below are published with them.
    private static readonly Digest[] s_leaves =
    [
        .. new[] { "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f" }
            .Select(leaf => Sha256MerkleHash.Leaf(Convert.FromHexString(leaf))),
    ];

    public static TheoryData<int, int, string[]> PublishedInclusionProofs => new()
    {
        { 0, 1, [] },
        { 0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"] },
        { 5, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"] },
        { 2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"] },
        { 1, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"] },
    };

    public static TheoryData<int, int, string[]> PublishedConsistencyProofs => new()
    {
        { 1, 1, [] },
        { 1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"] },
        { 6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"] },
        { 2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"] },
    };

    [Theory]
    [MemberData(nameof(PublishedInclusionProofs))]
    public void Inclusion_proofs_are_the_published_ones(int index, int size, string[] expected)
    {
        var leaves = s_leaves.AsSpan(0, size);
        var proof = MerkleProofs.Inclusion<Sha256MerkleHash>(leaves, index);
        Assert.Equal(expected, proof.Select(hash => hash.ToHex()));
        Assert.True(MerkleProofs.VerifyInclusion<Sha256MerkleHash>(leaves[index], index, size, [.. proof], MerkleProofs.Root<Sha256MerkleHash>(leaves)));
    }

    [Theory]
    [MemberData(nameof(PublishedConsistencyProofs))]
    public void Consistency_proofs_are_the_published_ones(int oldSize, int size, string[] expected)
    {
        var leaves = s_leaves.AsSpan(0, size);
        var proof = MerkleProofs.Consistency<Sha256MerkleHash>(leaves, oldSize);
        Assert.Equal(expected, proof.Select(hash => hash.ToHex()));
        Assert.True(MerkleProofs.VerifyConsistency<Sha256MerkleHash>(
            oldSize, MerkleProofs.Root<Sha256MerkleHash>(leaves[..oldSize]), size, MerkleProofs.Root<Sha256MerkleHash>(leaves), [.. proof]));
    }

    [Fact]
    public void Every_leaf_of_every_small_tree_is_proven_at_its_place_and_at_no_other()
    {
        for (var size = 1; size <= 40; size++)
        {
            var leaves = Leaves(size);
            var root = MerkleProofs.Root<Blake3MerkleHash>(leaves);
            for (var index = 0; index < size; index++)
            {
                Digest[] proof = [.. MerkleProofs.Inclusion<Blake3MerkleHash>(leaves, index)];
                for (var claimed = -1; claimed <= size; claimed++)
                    Assert.Equal(claimed == index, MerkleProofs.VerifyInclusion<Blake3MerkleHash>(leaves[index], claimed, size, proof, root));
                Assert.False(MerkleProofs.VerifyInclusion<Blake3MerkleHash>(leaves[index], index, size, [.. proof, root], root));
                if (proof.Length > 0)
                    Assert.False(MerkleProofs.VerifyInclusion<Blake3MerkleHash>(leaves[index], index, size, proof.AsSpan(1), root));
            }
        }
    }

    [Fact]
    public void Every_beginning_of_every_small_tree_is_proven_and_no_other_size_is()
    {
        for (var size = 1; size <= 40; size++)
        {
            var leaves = Leaves(size);
            var root = MerkleProofs.Root<Blake3MerkleHash>(leaves);
            for (var old = 0; old <= size; old++)
            {
                var oldRoot = MerkleProofs.Root<Blake3MerkleHash>(leaves.AsSpan(0, old));
                Digest[] proof = [.. MerkleProofs.Consistency<Blake3MerkleHash>(leaves, old)];
                for (var claimed = -1; claimed <= size + 1; claimed++)
                    Assert.Equal(claimed == old, MerkleProofs.VerifyConsistency<Blake3MerkleHash>(claimed, oldRoot, size, root, proof));
                Assert.False(MerkleProofs.VerifyConsistency<Blake3MerkleHash>(old, oldRoot, size, root, [.. proof, root]));
            }
        }
    }

    [Fact]
    public void A_flipped_bit_in_a_proof_a_leaf_or_a_root_is_refused() =>
        Gen.Select(Gen.Int[2, 300], Gen.Int[0, 299], Gen.Int[0, int.MaxValue], Gen.Int[0, 255]).Sample((size, place, which, bit) =>
        {
            var leaves = Leaves(size);
            var (index, root) = (place % size, MerkleProofs.Root<Blake3MerkleHash>(leaves));
            Digest[] inclusion = [leaves[index], root, .. MerkleProofs.Inclusion<Blake3MerkleHash>(leaves, index)];
            Flip(ref inclusion[which % inclusion.Length], bit);
            Assert.False(MerkleProofs.VerifyInclusion<Blake3MerkleHash>(inclusion[0], index, size, inclusion.AsSpan(2), inclusion[1]));

            var old = 1 + place % (size - 1);
            Digest[] consistency = [MerkleProofs.Root<Blake3MerkleHash>(leaves.AsSpan(0, old)), root, .. MerkleProofs.Consistency<Blake3MerkleHash>(leaves, old)];
            Flip(ref consistency[which % consistency.Length], bit);
            Assert.False(MerkleProofs.VerifyConsistency<Blake3MerkleHash>(old, consistency[0], size, consistency[1], consistency.AsSpan(2)));
        }, iter: 500);

    [Fact]
    public void A_leaf_or_size_that_is_not_there_has_no_proof()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleProofs.Inclusion<Sha256MerkleHash>(s_leaves, 8));
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleProofs.Inclusion<Sha256MerkleHash>(s_leaves, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => MerkleProofs.Consistency<Sha256MerkleHash>(s_leaves, 9));
    }

    private static Digest[] Leaves(int count) => [.. Enumerable.Range(0, count).Select(i => Blake3MerkleHash.Leaf(BitConverter.GetBytes(i)))];

    private static void Flip(ref Digest digest, int bit)
    {
        Span<byte> bytes = stackalloc byte[Digest.Bytes];
        digest.CopyTo(bytes);
        bytes[bit / 8] ^= (byte)(1 << bit % 8);
        digest = new Digest(bytes);
    }
}
