using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>The distinct texts of a column, numbered as they come; they lie as Parquet's dictionary page wants them.</summary>
/// <remarks>Not thread-safe. <code>u32 length · text · u32 length · text …</code></remarks>
internal sealed class TextDictionary : IDisposable
{
    private const int LengthBytes = sizeof(int);
    private const int SmallestTable = 256;

    private readonly PooledBuffer _plain = new();
    private Entry[] _entries = new Entry[SmallestTable / 2];
    // Open addressing: the number of an entry plus one, 0 for none; at most half full.
    private int[] _table = new int[SmallestTable];

    /// <summary>How many texts.</summary>
    public int Count { get; private set; }

    /// <summary>All texts, PLAIN.</summary>
    public ReadOnlySpan<byte> Plain => _plain.WrittenSpan;

    /// <summary>A text by its number.</summary>
    public ReadOnlySpan<byte> this[int index] => TextOf(_entries[index]);

    /// <summary>The number of a text, which is added where it is new.</summary>
    public int IndexOf(ReadOnlySpan<byte> text)
    {
        var hash = (uint)XxHash3.HashToUInt64(text);
        for (var slot = hash & (uint)(_table.Length - 1); ; slot = (slot + 1) & (uint)(_table.Length - 1))
        {
            var index = _table[slot] - 1;
            if (index < 0)
                return Add(text, hash, slot);
            if (_entries[index].Hash == hash && TextOf(_entries[index]).SequenceEqual(text))
                return index;
        }
    }

    /// <summary>Forgets all texts.</summary>
    public void Clear()
    {
        Array.Clear(_table);
        _plain.Clear();
        Count = 0;
    }

    /// <summary>The smallest and largest text; null where there are none or one is too long.</summary>
    public ValueBounds? Bounds()
    {
        if (Count == 0)
            return null;
        var (smallest, largest) = (0, 0);
        for (var i = 1; i < Count; i++)
        {
            if (this[i].SequenceCompareTo(this[smallest]) < 0)
                smallest = i;
            else if (this[i].SequenceCompareTo(this[largest]) > 0)
                largest = i;
        }
        return ValueBounds.OfTexts(this[smallest], this[largest]);
    }

    /// <inheritdoc/>
    public void Dispose() => _plain.Dispose();

    private ReadOnlySpan<byte> TextOf(in Entry entry) => _plain.Slice(entry.Offset, entry.Length);

    private int Add(ReadOnlySpan<byte> text, uint hash, uint slot)
    {
        if (Count == _entries.Length)
        {
            Grow();
            return IndexOf(text);
        }
        BinaryPrimitives.WriteInt32LittleEndian(_plain.GetSpan(LengthBytes), text.Length);
        _plain.Advance(LengthBytes);
        _entries[Count] = new Entry(_plain.Length, text.Length, hash);
        _plain.Write(text);
        _table[slot] = ++Count;
        return Count - 1;
    }

    private void Grow()
    {
        Array.Resize(ref _entries, _entries.Length * 2);
        _table = new int[(int)BitOperations.RoundUpToPowerOf2((uint)_entries.Length * 2)];
        for (var i = 0; i < Count; i++)
        {
            var slot = _entries[i].Hash & (uint)(_table.Length - 1);
            while (_table[slot] != 0)
                slot = (slot + 1) & (uint)(_table.Length - 1);
            _table[slot] = i + 1;
        }
    }

    private readonly record struct Entry(int Offset, int Length, uint Hash);
}
