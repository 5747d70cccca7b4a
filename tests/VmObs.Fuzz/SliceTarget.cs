using System.Buffers;
using System.Buffers.Binary;
using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;

namespace VmObs.Fuzz;

/// <summary>The verification of slices: the start and the length that are asked for (8 bytes each), then the slice.</summary>
internal sealed class SliceTarget(string name) : FuzzTarget(name, [Seed(0, long.MaxValue), Seed(0, 0), Seed(3000, 10), Seed(3000, 2048), Seed(8192, 1000), Seed(long.MaxValue, 1)])
{
    private const int GroupBytes = BaoTree.InterchangeGroupBytes;
    private const int HeadBytes = 16;

    // Chunks at four depths, the last one short.
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 11_111).Select(static i => (byte)(i * 7 / 3))];
    private static readonly BaoOutboard s_outboard = Build();

    public override void Run(ReadOnlyMemory<byte> input)
    {
        if (input.Length < HeadBytes)
            return;
        var start = BinaryPrimitives.ReadInt64LittleEndian(input.Span) & long.MaxValue;
        var length = BinaryPrimitives.ReadInt64LittleEndian(input.Span[8..]) & long.MaxValue;
        var slice = input.Span[HeadBytes..];
        var verdict = BaoSlice.Verify(s_outboard.Root, start, length, slice, GroupBytes);
        var expected = s_content.AsSpan((int)Math.Min(start, s_content.Length));
        expected = expected[..(int)Math.Min(length, expected.Length)];
        if (verdict.Fault == BaoFault.None && !verdict.Content.Span.SequenceEqual(expected))
            throw new InvalidOperationException("a slice verified with other content");
        if (verdict.InputLength is { } proven && proven != s_content.Length)
            throw new InvalidOperationException($"a slice proved {proven} bytes");
        if (verdict.Fault == BaoFault.None && verdict.Content.Length < length && verdict.InputLength is null)
            throw new InvalidOperationException("a slice told where the input ends without proof");
        if (verdict.Offset < 0 || verdict.Offset > slice.Length)
            throw new InvalidOperationException($"a verdict without a place: {verdict}");
        InPieces(start, length, slice, verdict);
    }

    private static void InPieces(long start, long length, ReadOnlySpan<byte> slice, in BaoVerdict verdict)
    {
        var decoder = new BaoSliceDecoder(s_outboard.Root, start, length, GroupBytes);
        var content = new ArrayBufferWriter<byte>();
        for (var at = 0; at < slice.Length; at += 37)
            decoder.Update(slice.Slice(at, Math.Min(37, slice.Length - at)), content);
        decoder.Finish();
        if ((decoder.Fault, decoder.Offset) != (verdict.Fault, verdict.Offset))
            throw new InvalidOperationException($"in pieces {decoder.Fault} at {decoder.Offset}, at once {verdict}");
    }

    private static byte[] Seed(long start, long length)
    {
        var head = new byte[HeadBytes];
        BinaryPrimitives.WriteInt64LittleEndian(head, start);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(8), length);
        return [.. head, .. BaoSlice.Extract(s_outboard, s_content, start, length, GroupBytes)];
    }

    private static BaoOutboard Build()
    {
        var builder = new BaoOutboardBuilder(GroupBytes);
        builder.Update(s_content);
        return builder.Finish();
    }
}
