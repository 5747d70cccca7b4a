using System.Buffers.Binary;

namespace VmObs.Signals.Labels;

/// <summary>Builds canonical label sets (see <see cref="LabelKeyReader"/>) from labels in any order, without allocating once warm.</summary>
/// <remarks>Not thread-safe. Use: <see cref="Clear"/>, <see cref="Set"/> …, <see cref="WriteTo"/>. <see cref="Mark"/> and
/// <see cref="Rewind"/> keep the labels that many records share (a resource's) across records.</remarks>
public sealed class LabelKeyBuilder : IDisposable
{
    private readonly PooledBuffer _text = new(1024);
    private Entry[] _labels = new Entry[32];
    private Entry[] _sorted = new Entry[32];

    /// <summary>Labels set so far, counting a name once for each time it was set.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets all labels.</summary>
    public void Clear()
    {
        _text.Clear();
        Count = 0;
    }

    /// <summary>A point to come back to.</summary>
    public (int Labels, int Bytes) Mark() => (Count, _text.Length);

    /// <summary>Forgets the labels set after the mark.</summary>
    public void Rewind((int Labels, int Bytes) mark)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)mark.Labels, (uint)Count);
        Count = mark.Labels;
        _text.Truncate(mark.Bytes);
    }

    /// <summary>Sets a label; the later of two with one name stands. An empty value takes the label away.</summary>
    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Count == _labels.Length)
            Array.Resize(ref _labels, 2 * Count);
        _labels[Count++] = new Entry(Prefix(name), _text.Length, name.Length, value.Length);
        var space = _text.GetSpan(name.Length + value.Length);
        name.CopyTo(space);
        value.CopyTo(space[name.Length..]);
        _text.Advance(name.Length + value.Length);
    }

    /// <summary>Appends the canonical bytes of the current labels.</summary>
    /// <returns>The number of bytes appended.</returns>
    public int WriteTo(PooledBuffer destination)
    {
        var text = _text.WrittenSpan;
        var sorted = Sort(text);
        // Two lengths a label, of at most five bytes each.
        var space = destination.GetSpan(text.Length + (10 * sorted.Length));
        var at = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            var label = sorted[i];
            // Of equal names the last set stands; it sorts last because Sort is stable.
            if (label.ValueLength == 0 || (i + 1 < sorted.Length && Compare(text, label, sorted[i + 1]) == 0))
                continue;
            at = Append(space, at, text.Slice(label.Offset, label.NameLength));
            at = Append(space, at, text.Slice(label.Offset + label.NameLength, label.ValueLength));
        }
        destination.Advance(at);
        return at;
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    private ReadOnlySpan<Entry> Sort(ReadOnlySpan<byte> text)
    {
        if (_sorted.Length < Count)
            _sorted = new Entry[_labels.Length];
        // Insertion: sets are small and nearly sorted, and equal names must keep their order.
        for (var i = 0; i < Count; i++)
        {
            var entry = _labels[i];
            var j = i;
            for (; j > 0 && Compare(text, _sorted[j - 1], entry) > 0; j--)
                _sorted[j] = _sorted[j - 1];
            _sorted[j] = entry;
        }
        return _sorted.AsSpan(0, Count);
    }

    private static int Compare(ReadOnlySpan<byte> text, in Entry left, in Entry right) =>
        left.Prefix != right.Prefix
            ? left.Prefix.CompareTo(right.Prefix)
            : text.Slice(left.Offset, left.NameLength).SequenceCompareTo(text.Slice(right.Offset, right.NameLength));

    /// <summary>The name's first eight bytes as a number that sorts as they do.</summary>
    private static ulong Prefix(ReadOnlySpan<byte> name)
    {
        if (name.Length >= 8)
            return BinaryPrimitives.ReadUInt64BigEndian(name);
        var prefix = 0UL;
        for (var i = 0; i < name.Length; i++)
            prefix |= (ulong)name[i] << (56 - (8 * i));
        return prefix;
    }

    private static int Append(Span<byte> space, int at, ReadOnlySpan<byte> text)
    {
        var length = (uint)text.Length;
        for (; length >= 0x80; length >>= 7)
            space[at++] = (byte)(length | 0x80);
        space[at++] = (byte)length;
        text.CopyTo(space[at..]);
        return at + text.Length;
    }

    private readonly record struct Entry(ulong Prefix, int Offset, int NameLength, int ValueLength);
}
