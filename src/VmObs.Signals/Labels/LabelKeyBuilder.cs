namespace VmObs.Signals.Labels;

/// <summary>Builds canonical label sets (see <see cref="LabelKeyReader"/>) from labels in any order, without allocating once warm.</summary>
/// <remarks>Not thread-safe. Use: <see cref="Clear"/>, <see cref="Set"/> …, <see cref="WriteTo"/>. <see cref="Mark"/> and
/// <see cref="Rewind"/> keep the labels that many records share (a resource's) across records.</remarks>
public sealed class LabelKeyBuilder : IDisposable
{
    private readonly PooledBuffer _text = new(1024);
    private readonly List<Entry> _labels = new(32);
    private Entry[] _sorted = new Entry[32];

    /// <summary>Labels set so far, counting a name once for each time it was set.</summary>
    public int Count => _labels.Count;

    /// <summary>Forgets all labels.</summary>
    public void Clear()
    {
        _text.Clear();
        _labels.Clear();
    }

    /// <summary>A point to come back to.</summary>
    public (int Labels, int Bytes) Mark() => (_labels.Count, _text.Length);

    /// <summary>Forgets the labels set after the mark.</summary>
    public void Rewind((int Labels, int Bytes) mark)
    {
        _labels.RemoveRange(mark.Labels, _labels.Count - mark.Labels);
        _text.Truncate(mark.Bytes);
    }

    /// <summary>Sets a label; the later of two with one name stands. An empty value takes the label away.</summary>
    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _labels.Add(new Entry(_text.Length, name.Length, value.Length));
        _text.Write(name);
        _text.Write(value);
    }

    /// <summary>Appends the canonical bytes of the current labels.</summary>
    /// <returns>The number of bytes appended.</returns>
    public int WriteTo(PooledBuffer destination)
    {
        var count = Sort();
        var start = destination.Length;
        for (var i = 0; i < count; i++)
        {
            // Of equal names the last set stands; it sorts last because Sort is stable.
            if (i + 1 < count && Name(_sorted[i]).SequenceEqual(Name(_sorted[i + 1])))
                continue;
            if (_sorted[i].ValueLength == 0)
                continue;
            WriteText(destination, Name(_sorted[i]));
            WriteText(destination, _text.Slice(_sorted[i].Offset + _sorted[i].NameLength, _sorted[i].ValueLength));
        }
        return destination.Length - start;
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    private int Sort()
    {
        var count = _labels.Count;
        if (_sorted.Length < count)
            _sorted = new Entry[Math.Max(count, _sorted.Length * 2)];
        // Insertion: sets are small and nearly sorted, and equal names must keep their order.
        for (var i = 0; i < count; i++)
        {
            var entry = _labels[i];
            var name = Name(entry);
            var j = i;
            for (; j > 0 && Name(_sorted[j - 1]).SequenceCompareTo(name) > 0; j--)
                _sorted[j] = _sorted[j - 1];
            _sorted[j] = entry;
        }
        return count;
    }

    private ReadOnlySpan<byte> Name(Entry entry) => _text.Slice(entry.Offset, entry.NameLength);

    private static void WriteText(PooledBuffer destination, ReadOnlySpan<byte> text)
    {
        var length = (uint)text.Length;
        while (length >= 0x80)
        {
            destination.WriteByte((byte)(length | 0x80));
            length >>= 7;
        }
        destination.WriteByte((byte)length);
        destination.Write(text);
    }

    private readonly record struct Entry(int Offset, int NameLength, int ValueLength);
}
