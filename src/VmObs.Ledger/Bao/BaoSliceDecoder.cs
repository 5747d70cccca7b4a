using System.Buffers;
using System.Buffers.Binary;
using VmObs.Ledger.Hashing;
using static VmObs.Ledger.Bao.BaoTree;

namespace VmObs.Ledger.Bao;

/// <summary>Verifies a slice that comes in pieces, from a source that is not trusted, and hands on what is proven.</summary>
/// <remarks>
/// Not thread-safe. Every byte that it hands on is the input's at that place. Holds one group and at most 54 subtrees that are still to come:
/// nothing is sized by the length that a slice claims, and nobody learns that length before the last group proves it.
/// Source: the Bao specification.
/// </remarks>
public sealed class BaoSliceDecoder
{
    private readonly long _start;
    private readonly long _length;
    private readonly int _groupBytes;
    private readonly byte[] _item;
    private readonly Stack<Subtree> _pending = new();
    private Digest _root;
    private BaoRange _range;
    private long _claimedLength = -1;
    private int _held;
    private int _wanted = LengthBytes;

    /// <summary>Begins a slice.</summary>
    /// <param name="root">The input's BLAKE3, from a source that is trusted.</param>
    /// <param name="start">The range's first byte, as the slice was asked for.</param>
    /// <param name="length">The range's bytes, as the slice was asked for.</param>
    /// <param name="groupBytes">Bytes of the slice's groups.</param>
    public BaoSliceDecoder(in Digest root, long start, long length, int groupBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        (_root, _start, _length) = (root, start, length);
        _groupBytes = Checked(groupBytes);
        _item = new byte[groupBytes];
    }

    /// <summary>What is wrong, as far as it is known.</summary>
    public BaoFault Fault { get; private set; }

    /// <summary>Where in the slice the fault lies; without one, how much of the slice was taken.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether all that the range touches is verified.</summary>
    public bool IsComplete => _claimedLength >= 0 && _pending.Count == 0 && Fault == BaoFault.None;

    /// <summary>Bytes of the whole input, once its last group is verified.</summary>
    public long? InputLength { get; private set; }

    /// <summary>Takes more of the slice.</summary>
    /// <param name="bytes">Any number.</param>
    /// <param name="content">Gets the range's bytes, as far as they are verified.</param>
    /// <returns>False once there is a fault; nothing more is handed on.</returns>
    public bool Update(ReadOnlySpan<byte> bytes, IBufferWriter<byte> content)
    {
        while (!bytes.IsEmpty && Fault == BaoFault.None)
        {
            if (IsComplete)
            {
                Fault = BaoFault.TooLong;
                break;
            }
            var take = Math.Min(_wanted - _held, bytes.Length);
            bytes[..take].CopyTo(_item.AsSpan(_held));
            _held += take;
            bytes = bytes[take..];
            if (_held == _wanted)
                TakeItem(content);
        }
        return Fault == BaoFault.None;
    }

    /// <summary>Ends the slice.</summary>
    /// <returns>False for one that does not verify.</returns>
    public bool Finish()
    {
        if (Fault == BaoFault.None && !IsComplete)
            (Fault, Offset) = (BaoFault.TooShort, Offset + _held);
        return Fault == BaoFault.None;
    }

    private void TakeItem(IBufferWriter<byte> content)
    {
        Fault = _claimedLength < 0 ? TakeLength() : TakeSubtree(_pending.Pop(), content);
        // An empty input's group has no bytes to wait for.
        while (Fault == BaoFault.None && WantNext() && _wanted == 0)
            Fault = TakeSubtree(_pending.Pop(), content);
    }

    private BaoFault TakeLength()
    {
        var length = BinaryPrimitives.ReadInt64LittleEndian(_item);
        if (length < 0)
            return BaoFault.Length;
        _claimedLength = length;
        _range = BaoRange.Of(_start, _length, length);
        _pending.Push(new(0, length, _root, IsRoot: true));
        return BaoFault.None;
    }

    private BaoFault TakeSubtree(in Subtree subtree, IBufferWriter<byte> content)
    {
        var item = _item.AsSpan(0, _held);
        if (subtree.Length <= _groupBytes)
        {
            if ((subtree.IsRoot ? Blake3.Hash(item) : Blake3Subtree.ChainingValue(item, subtree.Offset)) != subtree.Value)
                return BaoFault.Group;
            if (subtree.Offset + subtree.Length == _claimedLength)
                InputLength = _claimedLength;
            HandOn(subtree.Offset, item, content);
            return BaoFault.None;
        }
        if (Blake3Subtree.Parent(item, subtree.IsRoot) != subtree.Value)
            return BaoFault.Parent;
        var left = LeftBytes(subtree.Length, _groupBytes);
        _pending.Push(new(subtree.Offset + left, subtree.Length - left, new Digest(item[Digest.Bytes..]), IsRoot: false));
        _pending.Push(new(subtree.Offset, left, new Digest(item[..Digest.Bytes]), IsRoot: false));
        return BaoFault.None;
    }

    private void HandOn(long offset, ReadOnlySpan<byte> group, IBufferWriter<byte> content)
    {
        if (!_range.IsAsked)
            return;
        var from = (int)Math.Max(0, _range.Start - offset);
        var to = (int)Math.Min(group.Length, _range.End - offset);
        content.Write(group[from..to]);
    }

    // Passes over the subtrees that the slice leaves out.
    private bool WantNext()
    {
        Offset += _held;
        _held = 0;
        while (_pending.TryPeek(out var next))
        {
            if (next.IsRoot || _range.Touches(next.Offset, next.Length))
            {
                _wanted = next.Length <= _groupBytes ? (int)next.Length : ParentBytes;
                return true;
            }
            _pending.Pop();
        }
        return false;
    }

    private readonly record struct Subtree(long Offset, long Length, Digest Value, bool IsRoot);
}
