using System.Numerics;

namespace VmObs.Ledger.Bao;

/// <summary>The shape of a BLAKE3 tree whose leaves are groups of chunks: it follows from the input's length alone.</summary>
/// <remarks>
/// A group is a power of two of chunks (1,024 bytes), the input's last one what is left; an empty input is one empty group. A left child has
/// the largest power of two of groups that leaves some to the right one. Source: the Bao specification, whose groups are single chunks.
/// </remarks>
public static class BaoTree
{
    /// <summary>Bytes of a group in the Bao specification: what other tools read.</summary>
    public const int InterchangeGroupBytes = 1024;

    /// <summary>Bytes of a group in our own files: 0.4 % of an input are parents, where single chunks have 6 %.</summary>
    public const int FileGroupBytes = 16 * 1024;

    /// <summary>The largest group.</summary>
    public const int MaxGroupBytes = 1024 * 1024;

    /// <summary>Bytes of a parent: its two children's values.</summary>
    public const int ParentBytes = 2 * Hashing.Digest.Bytes;

    /// <summary>Bytes of the input's length, little-endian, in front of whatever is interchanged.</summary>
    public const int LengthBytes = 8;

    /// <summary>Number of groups of an input.</summary>
    public static long GroupsOf(long length, int groupBytes) => length == 0 ? 1 : ((length - 1) / Checked(groupBytes)) + 1;

    /// <summary>Bytes of all parents of an input.</summary>
    public static long ParentsLength(long length, int groupBytes) => (GroupsOf(length, groupBytes) - 1) * ParentBytes;

    /// <summary>Groups of the left one of two children.</summary>
    internal static long LeftGroups(long groups) => 1L << BitOperations.Log2((ulong)(groups - 1));

    /// <summary>Bytes of the left one of two children.</summary>
    internal static long LeftBytes(long length, int groupBytes) => LeftGroups(GroupsOf(length, groupBytes)) * groupBytes;

    /// <summary>A size of groups, where it is one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a power of two from a chunk to <see cref="MaxGroupBytes"/>.</exception>
    internal static int Checked(int groupBytes) =>
        groupBytes is >= InterchangeGroupBytes and <= MaxGroupBytes && BitOperations.IsPow2(groupBytes)
            ? groupBytes
            : throw new ArgumentOutOfRangeException(nameof(groupBytes), groupBytes, $"a group has a power of two of bytes, {InterchangeGroupBytes} to {MaxGroupBytes}");
}
