using System.Buffers;
using System.Numerics;
using VmObs.Ledger.Hashing;
using static VmObs.Ledger.Bao.BaoTree;

namespace VmObs.Ledger.Bao;

/// <summary>Writes an input's parents in post-order while the input grows: what is written never changes, so that a file of them is appended to.</summary>
/// <remarks>Not thread-safe. Holds one group and the values of complete subtrees, one a set bit of the number of groups.</remarks>
public sealed class BaoAppender
{
    private readonly byte[] _group;
    private readonly Stack<Digest> _values = new();
    private long _groups;
    private int _held;

    /// <summary>Begins an input.</summary>
    /// <param name="groupBytes">Bytes of a group.</param>
    public BaoAppender(int groupBytes = FileGroupBytes) => _group = new byte[Checked(groupBytes)];

    /// <summary>Bytes of a group.</summary>
    public int GroupBytes => _group.Length;

    /// <summary>Bytes taken so far.</summary>
    public long Length => _groups * GroupBytes + _held;

    /// <summary>Takes more of the input.</summary>
    /// <param name="bytes">Any number.</param>
    /// <param name="parents">Gets the parents that are complete, 64 bytes each.</param>
    public void Update(ReadOnlySpan<byte> bytes, IBufferWriter<byte> parents)
    {
        while (!bytes.IsEmpty)
        {
            // A full group waits: it may be the only one, whose hash is the root, and the last one's parents may be.
            if (_held == GroupBytes)
            {
                Close(_group, parents);
                _held = 0;
            }
            if (_held == 0 && bytes.Length > GroupBytes)
            {
                Close(bytes[..GroupBytes], parents);
                bytes = bytes[GroupBytes..];
                continue;
            }
            var take = Math.Min(GroupBytes - _held, bytes.Length);
            bytes[..take].CopyTo(_group.AsSpan(_held));
            _held += take;
            bytes = bytes[take..];
        }
    }

    /// <summary>The hash of what was taken so far; more may follow.</summary>
    /// <param name="parents">Gets the parents of the right edge: those behind the ones of <see cref="Update"/>, which take their place when more follows.</param>
    public Digest Finish(IBufferWriter<byte> parents)
    {
        var last = _group.AsSpan(0, _held);
        if (_groups == 0)
            return Blake3.Hash(last);
        var value = Blake3Subtree.ChainingValue(last, _groups * GroupBytes);
        var left = _values.Count;
        foreach (var subtree in _values)
            value = Parent(subtree, value, isRoot: --left == 0, parents);
        return value;
    }

    private void Close(ReadOnlySpan<byte> group, IBufferWriter<byte> parents)
    {
        var value = Blake3Subtree.ChainingValue(group, _groups * GroupBytes);
        _groups++;
        for (var merges = BitOperations.TrailingZeroCount(_groups); merges > 0; merges--)
            value = Parent(_values.Pop(), value, isRoot: false, parents);
        _values.Push(value);
    }

    private static Digest Parent(in Digest left, in Digest right, bool isRoot, IBufferWriter<byte> parents)
    {
        var parent = parents.GetSpan(ParentBytes)[..ParentBytes];
        left.CopyTo(parent);
        right.CopyTo(parent[Digest.Bytes..]);
        var value = Blake3Subtree.Parent(parent, isRoot);
        parents.Advance(ParentBytes);
        return value;
    }
}
