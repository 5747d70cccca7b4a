using System.Buffers;
using System.Buffers.Binary;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Bao;

/// <summary>Slices: a range of an input with the parents that prove it against the input's hash.</summary>
/// <remarks>
/// The input's length (8 bytes, little-endian), then the parents and groups that the range touches, in pre-order. Range and size of groups are
/// not in a slice: both sides name them. A range of no bytes counts as one byte, and of a range that ends behind the input's end or begins
/// there the slice holds the last group, which proves the length. Format: docs/format/bao.md. Source: the Bao specification.
/// </remarks>
public static class BaoSlice
{
    /// <summary>Writes a slice. Every group is compared with the outboard first: a slice that would not verify is not made.</summary>
    /// <param name="outboard">Of the input, with groups of any size.</param>
    /// <param name="content">Reads the input.</param>
    /// <param name="start">The range's first byte.</param>
    /// <param name="length">The range's bytes; <see cref="long.MaxValue"/> for all that follow.</param>
    /// <param name="groupBytes">Bytes of the slice's groups; other tools have <see cref="BaoTree.InterchangeGroupBytes"/>.</param>
    /// <param name="slice">Gets the slice.</param>
    /// <exception cref="FormatException">The input is not the outboard's; says where.</exception>
    public static void Extract(BaoOutboard outboard, ReadAt content, long start, long length, int groupBytes, IBufferWriter<byte> slice)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var head = slice.GetSpan(BaoTree.LengthBytes);
        BinaryPrimitives.WriteInt64LittleEndian(head, outboard.Length);
        slice.Advance(BaoTree.LengthBytes);
        new BaoExtraction(outboard, content, BaoRange.Of(start, length, outboard.Length), BaoTree.Checked(groupBytes), slice).Run();
    }

    /// <summary>A slice of an input at hand.</summary>
    /// <param name="outboard">Of the input, with groups of any size.</param>
    /// <param name="content">The input.</param>
    /// <param name="start">The range's first byte.</param>
    /// <param name="length">The range's bytes; <see cref="long.MaxValue"/> for all that follow.</param>
    /// <param name="groupBytes">Bytes of the slice's groups.</param>
    /// <exception cref="FormatException">The input is not the outboard's; says where.</exception>
    public static byte[] Extract(BaoOutboard outboard, ReadOnlyMemory<byte> content, long start, long length, int groupBytes)
    {
        var slice = new ArrayBufferWriter<byte>();
        Extract(outboard, Read, start, length, groupBytes, slice);
        return slice.WrittenSpan.ToArray();

        int Read(Span<byte> into, long offset)
        {
            var bytes = content.Span[(int)Math.Min(offset, content.Length)..];
            bytes = bytes[..Math.Min(bytes.Length, into.Length)];
            bytes.CopyTo(into);
            return bytes.Length;
        }
    }

    /// <summary>All of an input with all of its parents: Bao's combined encoding, which is the slice of everything.</summary>
    /// <param name="outboard">Of the input, with groups of any size.</param>
    /// <param name="content">Reads the input.</param>
    /// <param name="groupBytes">Bytes of the encoding's groups; other tools have <see cref="BaoTree.InterchangeGroupBytes"/>.</param>
    /// <param name="encoding">Gets the encoding.</param>
    /// <exception cref="FormatException">The input is not the outboard's; says where.</exception>
    public static void Encode(BaoOutboard outboard, ReadAt content, int groupBytes, IBufferWriter<byte> encoding) =>
        Extract(outboard, content, 0, long.MaxValue, groupBytes, encoding);

    /// <summary>Verifies a slice at hand.</summary>
    /// <param name="root">The input's BLAKE3, from a source that is trusted.</param>
    /// <param name="start">The range's first byte, as the slice was asked for.</param>
    /// <param name="length">The range's bytes, as the slice was asked for.</param>
    /// <param name="slice">All of it, from a source that is not trusted.</param>
    /// <param name="groupBytes">Bytes of the slice's groups.</param>
    /// <returns>The range's bytes, fewer only where the input ends; or what is wrong.</returns>
    /// <remarks>Memory is bounded by the slice's own bytes, whatever length it claims.</remarks>
    public static BaoVerdict Verify(in Digest root, long start, long length, ReadOnlySpan<byte> slice, int groupBytes)
    {
        var decoder = new BaoSliceDecoder(root, start, length, groupBytes);
        var content = new ArrayBufferWriter<byte>();
        decoder.Update(slice, content);
        decoder.Finish();
        return decoder.Fault == BaoFault.None
            ? new(BaoFault.None, decoder.Offset, content.WrittenMemory, decoder.InputLength)
            : new(decoder.Fault, decoder.Offset, default, null);
    }
}
