using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VmObs.Storage.Embedded.Grams;

/// <summary>The different grams of one block. Not thread-safe; made once and cleared for each block.</summary>
internal sealed class GramSet
{
    /// <summary>More than a block of 64 KiB can have. A block of more holds one giant line, and any text may be in it.</summary>
    public const int MaxGrams = 16 * 1024;

    // What a core keeps at hand.
    private const int FirstSlots = 8 * 1024;

    // Of an ordinary block's grams one in four slots is taken, so that the first look nearly always decides.
    private const int SlotsAGram = 2;

    private const int LatelyBits = 12;

    // By a hash's first bits the gram that came last.
    private readonly uint[] _lately = new uint[1 << LatelyBits];
    // Open addressing; 0 is a free slot.
    private uint[] _slots = new uint[FirstSlots];
    private uint[] _grams = new uint[FirstSlots / SlotsAGram];
    private int _shift = 32 - BitOperations.Log2(FirstSlots);
    private int _count;

    /// <summary>Whether there were more than <see cref="MaxGrams"/>.</summary>
    public bool IsOverfull { get; private set; }

    /// <summary>The grams, in order of first appearance.</summary>
    public ReadOnlySpan<uint> Grams => _grams.AsSpan(0, _count);

    /// <summary>Adds grams.</summary>
    /// <param name="grams">The grams; what stands there afterwards is of no use.</param>
    public void Add(Span<uint> grams)
    {
        foreach (var value in DropLately(grams))
        {
            var slot = SlotOf(value);
            if (_slots[slot] == value)
                continue;
            if (_count == MaxGrams)
            {
                IsOverfull = true;
                return;
            }
            if (_count == _grams.Length)
            {
                Grow();
                slot = SlotOf(value);
            }
            _slots[slot] = value;
            _grams[_count++] = value;
        }
    }

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        Array.Clear(_slots);
        Array.Clear(_lately);
        (_count, IsOverfull) = (0, false);
    }

    /// <summary>Drops most of those that were added before, which is most of all, without a branch that they would mispredict.</summary>
    private Span<uint> DropLately(Span<uint> grams)
    {
        var count = 0;
        ref var lately = ref MemoryMarshal.GetArrayDataReference(_lately);
        for (var i = 0; i < grams.Length; i++)
        {
            // The grams 0 and 1 are one: an index may take a text for possible that is not.
            var value = Math.Max(grams[i], 1);
            ref var last = ref Unsafe.Add(ref lately, (nint)((value * 0x85EBCA6B) >> (32 - LatelyBits)));
            grams[count] = value;
            count += last != value ? 1 : 0;
            last = value;
        }
        return grams[..count];
    }

    /// <summary>Where a gram is, or where it goes.</summary>
    private uint SlotOf(uint gram)
    {
        var slot = (gram * 0x85EBCA6B) >> _shift;
        while (_slots[slot] != 0 && _slots[slot] != gram)
            slot = (slot + 1) & (uint)(_slots.Length - 1);
        return slot;
    }

    private void Grow()
    {
        Array.Resize(ref _grams, _grams.Length * 2);
        _slots = new uint[_slots.Length * 2];
        _shift--;
        foreach (var gram in Grams)
            _slots[SlotOf(gram)] = gram;
    }
}
