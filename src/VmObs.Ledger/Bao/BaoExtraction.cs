using System.Buffers;
using VmObs.Ledger.Hashing;
using static VmObs.Ledger.Bao.BaoTree;

namespace VmObs.Ledger.Bao;

/// <summary>Walks a tree from its top and writes what a range touches: parents from the outboard while it has them, from the input below.</summary>
/// <remarks>The slice's groups may be smaller than the outboard's, whose groups are then read whole, or larger.</remarks>
internal sealed class BaoExtraction(BaoOutboard outboard, ReadAt content, BaoRange range, int groupBytes, IBufferWriter<byte> slice)
{
    private readonly byte[] _read = new byte[Math.Min(Math.Max(outboard.GroupBytes, groupBytes), outboard.Length)];

    public void Run() => Write(0, outboard.Length, 0, outboard.Root, isRoot: true);

    /// <summary>Writes what the range touches of a subtree.</summary>
    /// <param name="offset">Where the subtree begins in the input.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="parent">Its topmost parent's place in the outboard, where it has one.</param>
    /// <param name="value">Its value.</param>
    /// <param name="isRoot">Whether it is the whole tree, which is in every slice.</param>
    private void Write(long offset, long length, long parent, in Digest value, bool isRoot)
    {
        if (!isRoot && !range.Touches(offset, length))
            return;
        if (length <= groupBytes || length <= outboard.GroupBytes)
        {
            var bytes = Read(offset, (int)length);
            var found = isRoot ? Blake3.Hash(bytes) : Blake3Subtree.ChainingValue(bytes, offset);
            if (found != value)
                throw new FormatException($"input, bytes {offset} to {offset + length}: found value {found}, expected {value} as the outboard says");
            WriteRead(offset, bytes, isRoot);
            return;
        }
        var children = outboard.ParentAt(parent);
        slice.Write(children);
        var left = LeftBytes(length, outboard.GroupBytes);
        Write(offset, left, parent + 1, new Digest(children[..Digest.Bytes]), isRoot: false);
        Write(offset + left, length - left, parent + (left / outboard.GroupBytes), new Digest(children[Digest.Bytes..]), isRoot: false);
    }

    /// <summary>Writes what the range touches of a subtree whose bytes are known to be right.</summary>
    private void WriteRead(long offset, ReadOnlySpan<byte> bytes, bool isRoot)
    {
        if (!isRoot && !range.Touches(offset, bytes.Length))
            return;
        if (bytes.Length <= groupBytes)
        {
            slice.Write(bytes);
            return;
        }
        var left = (int)LeftBytes(bytes.Length, groupBytes);
        slice.Write(Blake3Subtree.ChainingValue(bytes[..left], offset).Span);
        slice.Write(Blake3Subtree.ChainingValue(bytes[left..], offset + left).Span);
        WriteRead(offset, bytes[..left], isRoot: false);
        WriteRead(offset + left, bytes[left..], isRoot: false);
    }

    private ReadOnlySpan<byte> Read(long offset, int length)
    {
        var bytes = _read.AsSpan(0, length);
        var read = content(bytes, offset);
        return read == length ? bytes : throw new FormatException($"input, byte {offset + read}: found its end, expected {outboard.Length} bytes as the outboard says");
    }
}
