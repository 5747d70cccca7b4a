using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;
using VmObs.Tests.Ledger.Hashing;

namespace VmObs.Tests.Ledger.Bao;

public sealed class BaoOutboardTests
{
    private const int Group = BaoTree.FileGroupBytes;

    public static TheoryData<int> Lengths =>
    [
        0, 1, 63, 64, 65, 1023, 1024, 1025, 2048, 2049, 5000, Group - 1024, Group - 1, Group, Group + 1, Group + 1024, Group + 1025,
        2 * Group - 1, 2 * Group, 2 * Group + 1, 3 * Group - 1, 3 * Group, 3 * Group + 1, 5 * Group + 777, 16 * Group, 16 * Group + 1, 37 * Group + 12_345,
        3 << 20, (5 << 20) + 4321,
    ];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void The_tree_is_that_of_a_recursion_from_the_paper(int length)
    {
        var input = Input(length);
        var outboard = Build(input);
        Assert.Equal(Blake3.Hash(input), outboard.Root);
        Assert.Equal(length, outboard.Length);
        var parents = new List<byte[]>();
        Assert.Equal(outboard.Root, ReferenceTree.Hash(input, parents));
        Assert.Equal(Convert.ToHexString(parents.SelectMany(parent => parent).ToArray()), Convert.ToHexString(outboard.Parents));
        Assert.Equal(outboard.Root, BaoOutboard.Verify(length, outboard.Root, outboard.Parents).Root);
        for (var group = 0; group < outboard.Groups; group++)
            Assert.True(outboard.IsGroup(group, input.AsSpan(group * Group, outboard.LengthOf(group))), $"group {group} of {outboard.Groups}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(Group)]
    [InlineData(Group + 1)]
    [InlineData(3 * Group - 1)]
    public void Pieces_make_no_difference(int piece)
    {
        var input = Input(5 * Group + 99);
        var builder = new BaoOutboardBuilder();
        for (var at = 0; at < input.Length; at += piece)
            builder.Update(input.AsSpan(at, Math.Min(piece, input.Length - at)));
        var outboard = builder.Finish();
        Assert.Equal(Build(input).Root, outboard.Root);
        Assert.True(outboard.Parents.SequenceEqual(Build(input).Parents));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(Group)]
    [InlineData(Group + 1)]
    [InlineData(7 * Group - 5)]
    public void Any_flipped_byte_of_the_data_is_found_in_its_group_alone(int length)
    {
        var input = Input(length);
        var outboard = Build(input);
        for (var at = 0; at < length; at += Math.Max(1, length / 211))
        {
            input[at] ^= 0x10;
            for (var group = 0; group < outboard.Groups; group++)
                Assert.Equal(group != at / Group, outboard.IsGroup(group, input.AsSpan(group * Group, outboard.LengthOf(group))));
            input[at] ^= 0x10;
        }
    }

    [Fact]
    public void Any_flipped_byte_of_the_outboard_is_found()
    {
        var outboard = Build(Input(11 * Group + 3));
        var parents = outboard.Parents.ToArray();
        for (var at = 0; at < parents.Length; at++)
        {
            parents[at] ^= 1;
            var error = Assert.Throws<FormatException>(() => BaoOutboard.Verify(outboard.Length, outboard.Root, parents));
            Assert.Contains($"parent {at / BaoTree.ParentBytes}:", error.Message, StringComparison.Ordinal);
            parents[at] ^= 1;
        }
        Assert.Throws<FormatException>(() => BaoOutboard.Verify(outboard.Length + Group, outboard.Root, parents));
        Assert.Throws<FormatException>(() => BaoOutboard.Verify(outboard.Length, Blake3.Hash([]), parents));
        Assert.Throws<FormatException>(() => BaoOutboard.Verify(-1, outboard.Root, []));
    }

    [Fact]
    public void A_wrong_length_is_found_by_the_last_group()
    {
        var input = Input(4 * Group + 100);
        var good = Build(input);
        var longer = BaoOutboard.Verify(good.Length + 1, good.Root, good.Parents);
        Assert.False(longer.IsGroup(4, input.AsSpan(4 * Group)));
        Assert.False(longer.IsGroup(4, [.. input.AsSpan(4 * Group), 0]));
        Assert.True(longer.IsGroup(3, input.AsSpan(3 * Group, Group)));
    }

    [Fact]
    public void Equal_groups_do_not_stand_for_one_another()
    {
        var outboard = Build(new byte[4 * Group]);
        Assert.NotEqual(outboard.ValueOf(0), outboard.ValueOf(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => outboard.ValueOf(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => outboard.LengthOf(-1));
    }

    private static BaoOutboard Build(ReadOnlySpan<byte> input)
    {
        var builder = new BaoOutboardBuilder();
        builder.Update(input);
        return builder.Finish();
    }

    private static byte[] Input(int length)
    {
        var input = new byte[length];
        new Random(length).NextBytes(input);
        return input;
    }
}
