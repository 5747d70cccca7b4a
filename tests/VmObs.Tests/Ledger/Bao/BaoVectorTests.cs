using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;
using VmObs.Tests.Architecture;

namespace VmObs.Tests.Ledger.Bao;

/// <summary>The reference's test vectors (BaoVectors.json; its source and licence are in it).</summary>
public sealed class BaoVectorTests
{
    private const int Chunk = BaoTree.InterchangeGroupBytes;

    private static readonly JsonElement s_file =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "VmObs.Tests", "Ledger", "Bao", "BaoVectors.json"))).RootElement;

    public static TheoryData<int> Lengths => [.. s_file.GetProperty("hash").EnumerateArray().Select(LengthOf)];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Combined_encodings_are_the_references_and_decode(int length)
    {
        var (vector, input, outboard) = Case("encode", length);
        var writer = new ArrayBufferWriter<byte>();
        BaoSlice.Encode(outboard, Reader(input), Chunk, writer);
        var encoding = writer.WrittenSpan.ToArray();
        Assert.Equal(vector.GetProperty("output_len").GetInt32(), encoding.Length);
        Assert.Equal(vector.GetProperty("encoded_blake3").GetString(), Blake3.Hash(encoding).ToHex());
        var verdict = BaoSlice.Verify(outboard.Root, 0, long.MaxValue, encoding, Chunk);
        Assert.Equal((BaoFault.None, (long?)length), (verdict.Fault, verdict.InputLength));
        Assert.Equal(input, verdict.Content.ToArray());
        Assert.NotEqual(BaoFault.None, BaoSlice.Verify(Other(outboard.Root), 0, long.MaxValue, encoding, Chunk).Fault);
        foreach (var at in Points(vector, "corruptions"))
            Assert.NotEqual(BaoFault.None, BaoSlice.Verify(outboard.Root, 0, long.MaxValue, Flip(encoding, at), Chunk).Fault);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Outboards_are_the_references_and_prove_the_input(int length)
    {
        var (vector, input, outboard) = Case("outboard", length);
        var bytes = outboard.ToBytes();
        Assert.Equal(vector.GetProperty("output_len").GetInt32(), bytes.Length);
        Assert.Equal(vector.GetProperty("encoded_blake3").GetString(), Blake3.Hash(bytes).ToHex());
        Assert.True(Proves(outboard.Root, bytes, input));
        Assert.False(Proves(Other(outboard.Root), bytes, input));
        foreach (var at in Points(vector, "outboard_corruptions"))
            Assert.False(Proves(outboard.Root, Flip(bytes, at), input));
        foreach (var at in Points(vector, "input_corruptions"))
            Assert.False(Proves(outboard.Root, bytes, Flip(input, at)));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Any_place_to_seek_to_reads_what_follows(int length)
    {
        var (vector, input, outboard) = Case("seek", length);
        foreach (var at in Points(vector, "seek_offsets"))
        {
            var slice = BaoSlice.Extract(outboard, input, at, long.MaxValue, Chunk);
            var verdict = BaoSlice.Verify(outboard.Root, at, long.MaxValue, slice, Chunk);
            Assert.Equal((BaoFault.None, (long?)length), (verdict.Fault, verdict.InputLength));
            Assert.Equal(input[Math.Min(at, length)..], verdict.Content.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Slices_are_the_references_and_verify(int length)
    {
        var (vector, input, outboard) = Case("slice", length);
        foreach (var asked in vector.GetProperty("slices").EnumerateArray())
        {
            var (start, count) = (asked.GetProperty("start").GetInt32(), asked.GetProperty("len").GetInt32());
            var slice = BaoSlice.Extract(outboard, input, start, count, Chunk);
            Assert.Equal(asked.GetProperty("output_len").GetInt32(), slice.Length);
            Assert.Equal(asked.GetProperty("output_blake3").GetString(), Blake3.Hash(slice).ToHex());
            // An outboard of larger groups gives the same slice.
            Assert.Equal(slice, BaoSlice.Extract(Build(input, BaoTree.FileGroupBytes), input, start, count, Chunk));
            Assert.Equal(slice, BaoSlice.Extract(Build(input, 2 * Chunk), input, start, count, Chunk));
            var verdict = BaoSlice.Verify(outboard.Root, start, count, slice, Chunk);
            Assert.Equal(BaoFault.None, verdict.Fault);
            Assert.Equal(input.Skip(start).Take(count), verdict.Content.ToArray());
            Assert.NotEqual(BaoFault.None, BaoSlice.Verify(Other(outboard.Root), start, count, slice, Chunk).Fault);
            foreach (var at in Points(asked, "corruptions"))
                Assert.NotEqual(BaoFault.None, BaoSlice.Verify(outboard.Root, start, count, Flip(slice, at), Chunk).Fault);
        }
    }

    private static (JsonElement Vector, byte[] Input, BaoOutboard Outboard) Case(string kind, int length)
    {
        var vector = s_file.GetProperty(kind).EnumerateArray().Single(one => LengthOf(one) == length);
        var input = new byte[(length + 3) / 4 * 4];
        for (var i = 0; i < input.Length; i += 4)
            BinaryPrimitives.WriteInt32LittleEndian(input.AsSpan(i), (i / 4) + 1);
        input = input[..length];
        var outboard = Build(input, Chunk);
        var hash = s_file.GetProperty("hash").EnumerateArray().Single(one => LengthOf(one) == length).GetProperty("bao_hash").GetString();
        Assert.Equal(hash, outboard.Root.ToHex());
        return (vector, input, outboard);
    }

    private static BaoOutboard Build(ReadOnlySpan<byte> input, int groupBytes)
    {
        var builder = new BaoOutboardBuilder(groupBytes);
        builder.Update(input);
        return builder.Finish();
    }

    private static bool Proves(in Digest root, byte[] outboard, byte[] input)
    {
        try
        {
            var proven = BaoOutboard.Parse(root, outboard, Chunk);
            return Enumerable.Range(0, (int)proven.Groups).All(group => proven.IsGroup(group, input.Skip(group * Chunk).Take(Chunk).ToArray()));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static ReadAt Reader(byte[] input) => (into, offset) =>
    {
        var count = (int)Math.Min(into.Length, input.Length - offset);
        input.AsSpan((int)offset, count).CopyTo(into);
        return count;
    };

    private static int LengthOf(JsonElement vector) => vector.GetProperty("input_len").GetInt32();

    private static int[] Points(JsonElement vector, string name) => [.. vector.GetProperty(name).EnumerateArray().Select(static at => at.GetInt32())];

    private static byte[] Flip(byte[] bytes, int at)
    {
        var flipped = bytes.ToArray();
        flipped[at] ^= 1;
        return flipped;
    }

    private static Digest Other(in Digest root) => new(Flip(root.Span.ToArray(), 0));
}
