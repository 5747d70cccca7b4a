namespace VmObs.Signals.Metrics;

/// <summary>One generation of a <see cref="SeriesTable"/>: open addressing over 64-bit hashes, bytes compared in full.</summary>
/// <remarks>One writer at a time, any number of readers.</remarks>
internal sealed class SeriesGeneration(int number)
{
    private volatile SeriesEntry?[] _slots = new SeriesEntry?[256];
    private int _count;

    /// <summary>Counts up from one generation to the next.</summary>
    public int Number => number;

    /// <summary>What its entries cost, bytes.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>The entry of the bytes; null when there is none.</summary>
    public SeriesEntry? Find(ReadOnlySpan<byte> bytes, ulong hash)
    {
        var slots = _slots;
        for (var slot = (int)hash & (slots.Length - 1); ; slot = (slot + 1) & (slots.Length - 1))
        {
            var entry = Volatile.Read(ref slots[slot]);
            if (entry is null || (entry.Hash == hash && bytes.SequenceEqual(entry.Bytes)))
                return entry;
        }
    }

    /// <summary>Adds an entry that is not there.</summary>
    public void Add(SeriesEntry entry, int cost)
    {
        if (++_count * 2 > _slots.Length)
            Grow();
        entry.Generation = number;
        Place(_slots, entry);
        HeldBytes += cost;
    }

    /// <summary>Cuts the chains of entries that no younger generation has, so that one that is still pointed at keeps no others alive.</summary>
    public void Drop()
    {
        foreach (var entry in _slots)
        {
            if (entry?.Generation == number)
                (entry.Generation, entry.Next) = (-1, null);
        }
    }

    private void Grow()
    {
        var slots = new SeriesEntry?[_slots.Length * 2];
        foreach (var entry in _slots)
        {
            if (entry is not null)
                Place(slots, entry);
        }
        _slots = slots;
    }

    private static void Place(SeriesEntry?[] slots, SeriesEntry entry)
    {
        var slot = (int)entry.Hash & (slots.Length - 1);
        while (slots[slot] is not null)
            slot = (slot + 1) & (slots.Length - 1);
        Volatile.Write(ref slots[slot], entry);
    }
}
