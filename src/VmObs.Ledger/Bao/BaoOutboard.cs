using System.Buffers.Binary;
using VmObs.Ledger.Hashing;
using static VmObs.Ledger.Bao.BaoTree;

namespace VmObs.Ledger.Bao;

/// <summary>The inner nodes of a BLAKE3 tree over groups: what it takes to verify any group of an input against the input's hash.</summary>
/// <remarks>
/// Immutable. Parents are of 64 bytes (the values of their two children) and held in pre-order: 262 kB for 64 MiB in groups of 16 KiB. An
/// input of one group has no parents: its hash is all there is. Source: the Bao specification.
/// </remarks>
public sealed class BaoOutboard
{
    private readonly byte[] _parents;

    internal BaoOutboard(long length, in Digest root, int groupBytes, byte[] parents)
    {
        (Length, Root, GroupBytes) = (length, root, groupBytes);
        _parents = parents;
    }

    /// <summary>The input's bytes. Proven once its last group is verified, not before.</summary>
    public long Length { get; }

    /// <summary>The input's BLAKE3.</summary>
    public Digest Root { get; }

    /// <summary>Bytes of a group; the last one may have fewer.</summary>
    public int GroupBytes { get; }

    /// <summary>Number of groups; an empty input is one empty group.</summary>
    public long Groups => GroupsOf(Length, GroupBytes);

    /// <summary>All parents in pre-order.</summary>
    public ReadOnlySpan<byte> Parents => _parents;

    /// <summary>Takes parents that came from somewhere, once every one of them is proven by the root.</summary>
    /// <param name="length">The input's bytes.</param>
    /// <param name="root">The input's BLAKE3, from a source that is trusted.</param>
    /// <param name="parents">In pre-order.</param>
    /// <param name="groupBytes">Bytes of a group.</param>
    /// <exception cref="FormatException">They are not the parents of such an input; says which one.</exception>
    public static BaoOutboard Verify(long length, in Digest root, ReadOnlySpan<byte> parents, int groupBytes = FileGroupBytes)
    {
        if (length < 0 || parents.Length != ParentsLength(length, groupBytes))
            throw new FormatException($"found {parents.Length} bytes of parents, expected {ParentsLength(Math.Max(0, length), groupBytes)} for {length} bytes");
        if (GroupsOf(length, groupBytes) > 1)
            Verify(parents, 0, GroupsOf(length, groupBytes), root, isRoot: true);
        return new BaoOutboard(length, root, groupBytes, parents.ToArray());
    }

    /// <summary>Takes an outboard as it is interchanged: the length, then the parents in pre-order.</summary>
    /// <param name="root">The input's BLAKE3, from a source that is trusted.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="groupBytes">Bytes of a group; other tools have <see cref="InterchangeGroupBytes"/>.</param>
    /// <exception cref="FormatException">It is none, or not of that input.</exception>
    public static BaoOutboard Parse(in Digest root, ReadOnlySpan<byte> bytes, int groupBytes)
    {
        if (bytes.Length < LengthBytes)
            throw new FormatException($"found {bytes.Length} bytes of an outboard, expected at least the {LengthBytes} of a length");
        return Verify(BinaryPrimitives.ReadInt64LittleEndian(bytes), root, bytes[LengthBytes..], groupBytes);
    }

    /// <summary>Takes parents as <see cref="BaoAppender"/> writes them, once every one of them is proven by the root.</summary>
    /// <param name="length">The input's bytes.</param>
    /// <param name="root">The input's BLAKE3, from a source that is trusted.</param>
    /// <param name="parents">In post-order.</param>
    /// <param name="groupBytes">Bytes of a group.</param>
    /// <exception cref="FormatException">They are not the parents of such an input; says which one, counted in pre-order.</exception>
    public static BaoOutboard FromPostOrder(long length, in Digest root, ReadOnlySpan<byte> parents, int groupBytes = FileGroupBytes)
    {
        if (length < 0 || parents.Length != ParentsLength(length, groupBytes))
            throw new FormatException($"found {parents.Length} bytes of parents, expected {ParentsLength(Math.Max(0, length), groupBytes)} for {length} bytes");
        return Verify(length, root, ToPreOrder(parents), groupBytes);
    }

    /// <summary>The outboard as it is interchanged: the length, then the parents in pre-order.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[LengthBytes + _parents.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Length);
        _parents.CopyTo(bytes.AsSpan(LengthBytes));
        return bytes;
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
                return new Digest(ParentAt(parent).Slice(isLeft ? 0 : Digest.Bytes, Digest.Bytes));
            (parent, group, groups) = isLeft ? (parent + 1, group, left) : (parent + left, group - left, groups - left);
        }
    }

    /// <summary>A parent by its place in pre-order: a left child's is the next, a right child's lies as many further as the left has groups.</summary>
    internal ReadOnlySpan<byte> ParentAt(long index) => _parents.AsSpan((int)(index * ParentBytes), ParentBytes);

    /// <summary>Parents in pre-order of the same parents in post-order.</summary>
    internal static byte[] ToPreOrder(ReadOnlySpan<byte> postOrder)
    {
        var preOrder = new byte[postOrder.Length];
        Reorder(postOrder, preOrder);
        return preOrder;
    }

    // Children before their parent become a parent before its children.
    private static void Reorder(ReadOnlySpan<byte> postOrder, Span<byte> preOrder)
    {
        if (postOrder.IsEmpty)
            return;
        postOrder[^ParentBytes..].CopyTo(preOrder);
        var left = (int)(LeftGroups((postOrder.Length / ParentBytes) + 1) - 1) * ParentBytes;
        Reorder(postOrder[..left], preOrder.Slice(ParentBytes, left));
        Reorder(postOrder[left..^ParentBytes], preOrder[(ParentBytes + left)..]);
    }

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
