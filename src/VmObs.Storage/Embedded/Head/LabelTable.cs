using System.IO.Hashing;

namespace VmObs.Storage.Embedded.Head;

/// <summary>Gives each distinct label set a small number, in order of arrival.</summary>
/// <remarks>One writer; readers may read entries below a count that was published to them. Open addressing over 64-bit hashes, keys compared
/// in full. A look-up costs one probe and one compare of the key's bytes.</remarks>
internal sealed class LabelTable
{
    private readonly ByteArena _keys = new();
    private int[] _slots = new int[64];
    private Entry[] _entries = new Entry[32];

    /// <summary>Number of label sets.</summary>
    public int Count { get; private set; }

    /// <summary>The entries; those below a published count do not change.</summary>
    public Entry[] Entries => _entries;

    /// <summary>The label set's number; a new one, with a copy of the key, when it is not there yet.</summary>
    public int GetOrAdd(ReadOnlySpan<byte> key)
    {
        var hash = XxHash3.HashToUInt64(key);
        var slot = Find(key, hash);
        return _slots[slot] > 0 ? _slots[slot] - 1 : Add(_keys.Add(key), hash, slot);
    }

    /// <summary>The label set's number; a new one when it is not there yet.</summary>
    /// <param name="key">Does not change as long as the table lives.</param>
    /// <param name="hash">XxHash3 of the key.</param>
    public int GetOrAdd(ReadOnlyMemory<byte> key, ulong hash)
    {
        var slot = Find(key.Span, hash);
        return _slots[slot] > 0 ? _slots[slot] - 1 : Add(key, hash, slot);
    }

    /// <summary>The slot of the key, or the free one where it belongs. A slot holds number + 1; 0 is free.</summary>
    private int Find(ReadOnlySpan<byte> key, ulong hash)
    {
        var slot = (int)hash & (_slots.Length - 1);
        while (_slots[slot] > 0 && !(_entries[_slots[slot] - 1] is var entry && entry.Hash == hash && entry.Key.Span.SequenceEqual(key)))
            slot = (slot + 1) & (_slots.Length - 1);
        return slot;
    }

    private int Add(ReadOnlyMemory<byte> key, ulong hash, int slot)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Count * 2);
        _entries[Count] = new Entry(hash, key);
        _slots[slot] = ++Count;
        if (Count * 2 > _slots.Length)
            Rehash();
        return Count - 1;
    }

    private void Rehash()
    {
        var slots = new int[_slots.Length * 2];
        for (var number = 0; number < Count; number++)
        {
            var slot = (int)_entries[number].Hash & (slots.Length - 1);
            while (slots[slot] != 0)
                slot = (slot + 1) & (slots.Length - 1);
            slots[slot] = number + 1;
        }
        _slots = slots;
    }

    /// <summary>One label set.</summary>
    /// <param name="Hash">XxHash3 of the key.</param>
    /// <param name="Key">Canonical bytes; never move.</param>
    public readonly record struct Entry(ulong Hash, ReadOnlyMemory<byte> Key);
}
