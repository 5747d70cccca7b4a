using System.Buffers;
using CsCheck;
using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;

namespace VmObs.Tests.Ledger.Bao;

public sealed class BaoAppenderTests
{
    [Fact]
    public void What_was_written_of_a_growing_input_stands_and_the_rest_proves_it_at_any_time() =>
        Gen.Select(Gen.OneOf(Gen.Const(1024), Gen.Const(BaoTree.FileGroupBytes)), Gen.OneOf(Gen.Int[1, 3000], Gen.Int[1, 100_000]).Array[1, 12]).Sample((groupBytes, pieces) =>
        {
            var input = new byte[pieces.Sum()];
            new Random(input.Length).NextBytes(input);
            var appender = new BaoAppender(groupBytes);
            var parents = new ArrayBufferWriter<byte>();
            var at = 0;
            foreach (var piece in pieces)
            {
                appender.Update(input.AsSpan(at, piece), parents);
                at += piece;
                Assert.Equal(at, appender.Length);
                var rest = new ArrayBufferWriter<byte>();
                var root = appender.Finish(rest);
                Assert.Equal(Blake3.Hash(input.AsSpan(0, at)), root);
                byte[] all = [.. parents.WrittenSpan, .. rest.WrittenSpan];
                var outboard = BaoOutboard.FromPostOrder(at, root, all, groupBytes);
                var builder = new BaoOutboardBuilder(groupBytes);
                builder.Update(input.AsSpan(0, at));
                Assert.True(outboard.Parents.SequenceEqual(builder.Finish().Parents));
                Assert.Equal(Convert.ToHexString(PostOrder(input.AsSpan(0, at), 0, groupBytes)), Convert.ToHexString(all));
            }
        }, iter: 60);

    [Fact]
    public void Parents_of_another_number_are_refused()
    {
        Assert.Throws<FormatException>(() => BaoOutboard.FromPostOrder(2048, default, new byte[32], 1024));
        Assert.Throws<FormatException>(() => BaoOutboard.FromPostOrder(-1, default, [], 1024));
    }

    // By its definition: what is below the left child, what is below the right child, the two values.
    private static byte[] PostOrder(ReadOnlySpan<byte> input, int from, int groupBytes)
    {
        if (input.Length <= groupBytes)
            return [];
        var left = groupBytes;
        while (left * 2 < input.Length)
            left *= 2;
        return
        [
            .. PostOrder(input[..left], from, groupBytes),
            .. PostOrder(input[left..], from + left, groupBytes),
            .. Blake3Subtree.ChainingValue(input[..left], from).Span,
            .. Blake3Subtree.ChainingValue(input[left..], from + left).Span,
        ];
    }
}
