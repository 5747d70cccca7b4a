using System.Numerics;

namespace VmObs.Ledger.Hashing;

/// <summary>The inner nodes of a BLAKE3 tree over groups of 16 KiB: what it takes to verify any group of an input against the input's hash.</summary>
/// <remarks>
/// Immutable. Source: the Bao specification, with groups of 16 chunks as its leaves: parents of 64 bytes (the values of their two children)
/// in pre-order. 262 kB for 64 MiB. An input of one group has no parents: its hash is all there is.
/// </remarks>
public sealed class BaoOutboard
{
    /// <summary>Bytes of a group; the last one may have fewer.</summary>
    public const int GroupBytes = Blake3Subtree.MaxBytes;

    /// <summary>Bytes of a parent.</summary>
    public const int ParentBytes = 2 * Digest.Bytes;

    private readonly byte[] _parents;

    internal BaoOutboard(long length, in Digest root, byte[] parents)
    {
        (Length, Root) = (length, root);
        _parents = parents;
    }

    /// <summary>The input's bytes. Proven once its last group is verified, not before.</summary>
    public long Length { get; }

    /// <summary>The input's BLAKE3.</summary>
    public Digest Root { get; }

    /// <summary>Number of groups; an empty input is one empty group.</summary>
    public long Groups => GroupsOf(Length);

    /// <summary>All parents in pre-order.</summary>
    public ReadOnlySpan<byte> Parents => _parents;

    /// <summary>Number of groups of an input.</summary>
    public static long GroupsOf(long length) => Math.Max(1, (length + GroupBytes - 1) / GroupBytes);

    /// <summary>Bytes of all parents of an input.</summary>
    public static long ParentsLength(long length) => (GroupsOf(length) - 1) * ParentBytes;

    /// <summary>Takes parents that came from somewhere, once every one of them is proven by the root.</summary>
    /// <param name="length">The input's bytes.</param>
    /// <param name="root">The input's BLAKE3, from a source that is trusted.</param>
    /// <param name="parents">In pre-order.</param>
    /// <exception cref="FormatException">They are not the parents of such an input; says which one.</exception>
    public static BaoOutboard Verify(long length, in Digest root, ReadOnlySpan<byte> parents)
    {
        if (length < 0 || parents.Length != ParentsLength(length))
            throw new FormatException($"found {parents.Length} bytes of parents, expected {ParentsLength(Math.Max(0, length))} for {length} bytes");
        if (GroupsOf(length) > 1)
            Verify(parents, 0, GroupsOf(length), root, isRoot: true);
        return new BaoOutboard(length, root, parents.ToArray());
    }

    /// <summary>Whether bytes are those of a group.</summary>
    /// <param name="group">From 0.</param>
    /// <param name="bytes">The whole group.</param>
    public bool IsGroup(long group, ReadOnlySpan<byte> bytes) =>
        bytes.Length == LengthOf(group)
        && (Groups == 1 ? Blake3.Hash(bytes) == Root : Blake3Subtree.ChainingValue(bytes, group * GroupBytes) == ValueOf(group));

    /// <summary>Bytes of a group.</summary>
    public int LengthOf(long group)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(group);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(group, Groups);
        return (int)Math.Min(GroupBytes, Length - group * GroupBytes);
    }

    /// <summary>The chaining value of a group; the hash of the input when it is the only one.</summary>
    public Digest ValueOf(long group)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(group);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(group, Groups);
        if (Groups == 1)
            return Root;
        long parent = 0;
        for (var groups = Groups; ;)
        {
            var left = LeftGroups(groups);
            var isLeft = group < left;
            var children = isLeft ? left : groups - left;
            if (children == 1)
                return new Digest(_parents.AsSpan((int)(parent * ParentBytes) + (isLeft ? 0 : Digest.Bytes), Digest.Bytes));
            (parent, group, groups) = isLeft ? (parent + 1, group, left) : (parent + left, group - left, groups - left);
        }
    }

    /// <summary>Groups of the left one of two children: the largest power of two below all.</summary>
    internal static long LeftGroups(long groups) => 1L << BitOperations.Log2((ulong)(groups - 1));

    private static void Verify(ReadOnlySpan<byte> parents, long at, long groups, in Digest expected, bool isRoot)
    {
        var parent = parents.Slice((int)(at * ParentBytes), ParentBytes);
        if (Blake3Subtree.Parent(parent, isRoot) is var found && found != expected)
            throw new FormatException($"parent {at}: found value {found}, expected {expected}");
        var left = LeftGroups(groups);
        if (left > 1)
            Verify(parents, at + 1, left, new Digest(parent[..Digest.Bytes]), isRoot: false);
        if (groups - left > 1)
            Verify(parents, at + left, groups - left, new Digest(parent[Digest.Bytes..]), isRoot: false);
    }
}
