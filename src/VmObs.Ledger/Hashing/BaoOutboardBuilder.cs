namespace VmObs.Ledger.Hashing;

/// <summary>Builds an outboard from an input that comes in pieces.</summary>
/// <remarks>Not thread-safe. Holds one group and 32 bytes a group.</remarks>
public sealed class BaoOutboardBuilder
{
    private readonly byte[] _group = new byte[BaoOutboard.GroupBytes];
    private readonly List<Digest> _values = [];
    private int _held;

    /// <summary>Takes more of the input.</summary>
    public void Update(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            // A full group waits: it may be the only one, whose hash is the root.
            if (_held == _group.Length)
                CloseGroup();
            var take = Math.Min(_group.Length - _held, bytes.Length);
            bytes[..take].CopyTo(_group.AsSpan(_held));
            _held += take;
            bytes = bytes[take..];
        }
    }

    /// <summary>The outboard of all that was taken; nothing may follow.</summary>
    public BaoOutboard Finish()
    {
        var length = (long)_values.Count * BaoOutboard.GroupBytes + _held;
        if (_values.Count == 0)
            return new BaoOutboard(length, Blake3.Hash(_group.AsSpan(0, _held)), []);
        CloseGroup();
        var parents = new byte[BaoOutboard.ParentsLength(length)];
        return new BaoOutboard(length, Close(parents, 0, 0, _values.Count, isRoot: true), parents);
    }

    private void CloseGroup()
    {
        _values.Add(Blake3Subtree.ChainingValue(_group.AsSpan(0, _held), (long)_values.Count * BaoOutboard.GroupBytes));
        _held = 0;
    }

    private Digest Close(byte[] parents, int at, int firstGroup, int groups, bool isRoot)
    {
        if (groups == 1)
            return _values[firstGroup];
        var left = (int)BaoOutboard.LeftGroups(groups);
        var parent = parents.AsSpan(at * BaoOutboard.ParentBytes, BaoOutboard.ParentBytes);
        Close(parents, at + 1, firstGroup, left, isRoot: false).CopyTo(parent);
        Close(parents, at + left, firstGroup + left, groups - left, isRoot: false).CopyTo(parent[Digest.Bytes..]);
        return Blake3Subtree.Parent(parent, isRoot);
    }
}
