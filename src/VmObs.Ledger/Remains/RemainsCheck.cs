using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Remains;

/// <summary>Verifies what remains of a sealed file, group by group, against the hash that it was sealed with.</summary>
/// <param name="head">What is gone; its hash compared with the receipt.</param>
/// <param name="outboard">Of the file as it was sealed; proven by the receipt's content_hash.</param>
/// <remarks>
/// A group that is kept whole verifies by its bytes. Of a group of which a part is gone the outboard keeps the value, which holds the tree
/// together; what remains of its bytes is as honest as the engine that dropped the rest and wrote the receipt.
/// </remarks>
public sealed class RemainsCheck(RemainsHead head, BaoOutboard outboard)
{
    /// <summary>The outboard that it checks against.</summary>
    public BaoOutboard Outboard => outboard;

    /// <summary>Number of groups to check.</summary>
    public long Groups => outboard.Groups;

    /// <summary>Bytes of a group.</summary>
    public int LengthOf(long group) => outboard.LengthOf(group);

    /// <summary>Reads an outboard and proves it.</summary>
    /// <param name="file">All bytes of the outboard file.</param>
    /// <param name="contentHash">As the receipt of the sealed file says.</param>
    /// <exception cref="FormatException">It is none, or not of that file.</exception>
    public static (RemainsHead Head, RemainsCheck Check) Read(ReadOnlySpan<byte> file, in Digest contentHash)
    {
        var head = RemainsHead.Parse(file);
        if (head.ContentHash != contentHash)
            throw new FormatException($"found content_hash blake3:{head.ContentHash}, expected blake3:{contentHash}");
        var parents = file[RemainsHead.LengthOf(file, file.Length)..];
        return (head, new RemainsCheck(head, BaoOutboard.Verify(head.ContentLength, contentHash, parents)));
    }

    /// <summary>Checks a group.</summary>
    /// <param name="group">From 0.</param>
    /// <param name="bytes">The whole group as it lies there; blanked where it is gone.</param>
    public GroupState Check(long group, Span<byte> bytes)
    {
        var offset = group * BaoTree.FileGroupBytes;
        if (!head.Touches(offset, bytes.Length))
            return outboard.IsGroup(group, bytes) ? GroupState.Right : GroupState.Altered;
        if (bytes.Length != outboard.LengthOf(group))
            return GroupState.Altered;
        var before = Blake3.Hash(bytes);
        head.Blank(offset, bytes);
        var blanked = Blake3.Hash(bytes);
        if (!head.Covers(offset, bytes.Length) && head.WitnessOf(group) != blanked)
            return GroupState.Altered;
        return before == blanked ? GroupState.Right : GroupState.StillThere;
    }

    /// <summary>Checks all groups.</summary>
    /// <param name="read">Reads the file from an offset and answers with the bytes read; fewer only at its end.</param>
    /// <returns>The bytes, by whole groups, that were not sealed, and those that hold what should be gone.</returns>
    public (IReadOnlyList<ByteRange> Altered, IReadOnlyList<ByteRange> StillThere) CheckAll(ReadAt read)
    {
        var (altered, stillThere) = (new List<ByteRange>(), new List<ByteRange>());
        var group = new byte[BaoTree.FileGroupBytes];
        for (long number = 0; number < Groups; number++)
        {
            var offset = number * group.Length;
            var state = Check(number, group.AsSpan(0, read(group.AsSpan(0, LengthOf(number)), offset)));
            if (state != GroupState.Right)
                (state == GroupState.Altered ? altered : stillThere).Add(new ByteRange(offset, LengthOf(number)));
        }
        return (ByteRange.Join(altered), ByteRange.Join(stillThere));
    }
}
