using System.Buffers;
using System.Buffers.Binary;
using CsCheck;
using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;

namespace VmObs.Tests.Ledger.Bao;

public sealed class BaoSliceTests
{
    private static readonly int[] s_groups = [1024, 2048, BaoTree.FileGroupBytes, 64 * 1024];

    private static Gen<int> Groups => Gen.Int[0, s_groups.Length - 1].Select(static i => s_groups[i]);

    private static Gen<int> Lengths => Gen.OneOf(Gen.Int[0, 5000], Gen.Int[0, 300_000], Gen.Select(Gen.Int[0, 20], Gen.Int[-1, 1], static (groups, near) => Math.Max(0, (groups * BaoTree.FileGroupBytes) + near)));

    [Fact]
    public void Any_range_of_any_input_comes_back_whatever_the_groups_and_pieces() =>
        Gen.Select(Lengths, Groups, Groups, Gen.Int[0, 320_000], Gen.OneOf(Gen.Int[0, 3], Gen.Int[0, 320_000]), Gen.Int[1, 40_000]).Sample((length, outboardGroup, sliceGroup, start, count, piece) =>
        {
            var input = Input(length);
            var slice = BaoSlice.Extract(Build(input, outboardGroup), input, start, count, sliceGroup);
            var expected = input.AsSpan(Math.Min(start, length))[..Math.Min(count, Math.Max(0, length - start))].ToArray();
            var verdict = BaoSlice.Verify(Blake3.Hash(input), start, count, slice, sliceGroup);
            Assert.Equal(BaoFault.None, verdict.Fault);
            Assert.Equal(slice.Length, verdict.Offset);
            Assert.Equal(expected, verdict.Content.ToArray());
            // Proven by the last group and by nothing else.
            var end = (long)start + Math.Max(1, count);
            var lastGroup = Math.Max(0, (length - 1) / sliceGroup * sliceGroup);
            Assert.Equal(end > lastGroup || start >= length ? length : (long?)null, verdict.InputLength);

            var decoder = new BaoSliceDecoder(Blake3.Hash(input), start, count, sliceGroup);
            var content = new ArrayBufferWriter<byte>();
            for (var at = 0; at < slice.Length; at += piece)
            {
                Assert.False(decoder.IsComplete);
                Assert.True(decoder.Update(slice.AsSpan(at, Math.Min(piece, slice.Length - at)), content));
                Assert.True(expected.AsSpan().StartsWith(content.WrittenSpan));
            }
            Assert.True(decoder.IsComplete && decoder.Finish());
            Assert.Equal(expected, content.WrittenSpan.ToArray());
        }, iter: 150);

    [Fact]
    public void No_mutated_slice_verifies_with_other_content() =>
        Gen.Select(Lengths, Groups, Gen.Int[0, 320_000], Gen.Int[0, 100_000], Gen.Int[0, 6], Gen.Int).Sample((length, group, start, count, way, seed) =>
        {
            var input = Input(length);
            var root = Blake3.Hash(input);
            var slice = BaoSlice.Extract(Build(input, BaoTree.FileGroupBytes), input, start, count, group);
            var random = new Random(seed);
            var at = random.Next(slice.Length);
            (var mutated, long askedStart, long askedCount) = (slice, start, count);
            switch (way)
            {
                case 0: mutated[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: mutated = slice[..at]; break;
                case 2: mutated = [.. slice, .. new byte[1 + random.Next(100)]]; break;
                case 3: mutated = [.. slice[..at], .. slice[Math.Min(slice.Length, at + 64)..]]; break;
                case 4: askedStart = random.Next(320_000); break;
                case 5: askedCount = random.Next(100_000); break;
                default: random.NextBytes(mutated.AsSpan(0, BaoTree.LengthBytes)); break;
            }
            var verdict = BaoSlice.Verify(root, askedStart, askedCount, mutated, group);
            // Whoever asked for another range may have got what it touches; nobody gets bytes that are not the input's at that place.
            if (verdict.Fault == BaoFault.None)
                Assert.Equal(input.Skip((int)askedStart).Take((int)askedCount), verdict.Content.ToArray());
            else
                Assert.True(verdict.Content.IsEmpty && verdict.InputLength is null);
            if (verdict.InputLength is { } proven)
                Assert.Equal(length, proven);
            // Fewer bytes than were asked for tell where the input ends.
            Assert.False(verdict.Fault == BaoFault.None && verdict.Content.Length < askedCount && verdict.InputLength is null);
            if (way is 1 or 2)
                Assert.Equal((way == 1 ? BaoFault.TooShort : BaoFault.TooLong, (long)Math.Min(mutated.Length, slice.Length)), (verdict.Fault, verdict.Offset));
        }, iter: 400);

    [Fact]
    public void Any_flipped_bit_of_a_slice_is_found_where_it_is()
    {
        var input = Input((5 * BaoTree.FileGroupBytes) + 1000);
        var root = Blake3.Hash(input);
        // From the third group into the last one: three parents, of which the last bits are in the fourth group.
        foreach (var (start, count) in new[] { (33_000, 20_000), (80_000, 5_000) })
        {
            var slice = BaoSlice.Extract(Build(input, BaoTree.FileGroupBytes), input, start, count, BaoTree.FileGroupBytes);
            for (var at = 0; at < slice.Length; at += at < 400 ? 1 : 97)
            {
                slice[at] ^= 4;
                var verdict = BaoSlice.Verify(root, start, count, slice, BaoTree.FileGroupBytes);
                // The claimed length shows in the shape of the tree, or not before the last group.
                if (at >= BaoTree.LengthBytes)
                    Assert.True(verdict.Fault is BaoFault.Parent or BaoFault.Group && verdict.Offset <= at && at < verdict.Offset + BaoTree.FileGroupBytes, $"byte {at}: {verdict}");
                else if (verdict.Fault == BaoFault.None)
                    Assert.Equal((null, Convert.ToHexString(input.AsSpan(start, count))), (verdict.InputLength, Convert.ToHexString(verdict.Content.Span)));
                slice[at] ^= 4;
            }
        }
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(1L)]
    [InlineData(20_000L)]
    [InlineData(1L << 40)]
    [InlineData(long.MaxValue)]
    [InlineData(-1L)]
    [InlineData(long.MinValue)]
    public void A_length_that_a_slice_claims_is_neither_believed_nor_paid_for(long claimed)
    {
        var input = Input(3 * BaoTree.FileGroupBytes);
        var root = Blake3.Hash(input);
        foreach (var (start, count) in new[] { (0L, long.MaxValue), (long.MaxValue, 1L), (20_000L, 10L), (claimed & long.MaxValue, 0L) })
        {
            var slice = BaoSlice.Extract(Build(input, BaoTree.FileGroupBytes), input, start, count, 1024);
            BinaryPrimitives.WriteInt64LittleEndian(slice, claimed);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var verdict = BaoSlice.Verify(root, start, count, slice, 1024);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
            Assert.Null(verdict.InputLength);
            Assert.True(verdict.Fault != BaoFault.None || verdict.Content.Span.SequenceEqual(input.AsSpan(20_000, 10)), verdict.ToString());
        }
    }

    [Fact]
    public void An_empty_input_is_proven_by_its_empty_group()
    {
        var slice = new byte[BaoTree.LengthBytes];
        Assert.Equal((BaoFault.None, 0L), (BaoSlice.Verify(Blake3.Hash([]), 0, 10, slice, 1024).Fault, BaoSlice.Verify(Blake3.Hash([]), 0, 10, slice, 1024).InputLength));
        Assert.Equal(BaoFault.Group, BaoSlice.Verify(Blake3.Hash([1]), 0, 10, slice, 1024).Fault);
        Assert.Equal(BaoFault.TooShort, BaoSlice.Verify(Blake3.Hash([]), 0, 10, slice.AsSpan(1), 1024).Fault);
    }

    [Fact]
    public void A_slice_of_an_input_that_the_outboard_does_not_prove_is_not_made()
    {
        var input = Input(100_000);
        var outboard = Build(input, BaoTree.FileGroupBytes);
        input[70_000] ^= 1;
        Assert.Contains("bytes 65536 to 81920", Assert.Throws<FormatException>(() => BaoSlice.Extract(outboard, input, 66_000, 10, 1024)).Message, StringComparison.Ordinal);
        Assert.NotEmpty(BaoSlice.Extract(outboard, input, 0, 65_536, 1024));
        Assert.Contains("byte 90000", Assert.Throws<FormatException>(() => BaoSlice.Extract(outboard, input.AsMemory(0, 90_000), 89_000, 10, 1024)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(3072)]
    [InlineData(2 << 20)]
    public void A_size_that_no_group_has_is_refused(int groupBytes)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new BaoSliceDecoder(default, 0, 1, groupBytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => BaoSlice.Extract(Build([1], 1024), new byte[1], 0, 1, groupBytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BaoOutboardBuilder(groupBytes));
    }

    private static BaoOutboard Build(ReadOnlySpan<byte> input, int groupBytes)
    {
        var builder = new BaoOutboardBuilder(groupBytes);
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
