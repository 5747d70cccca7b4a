namespace VmObs.Storage.Deflate;

/// <summary>Decodes a Huffman code of deflate: a look at the next bits says the symbol, a second one where its code is long.</summary>
/// <remarks>
/// An entry: bits 0–7 how many bits it takes, extra ones included · 8–11 how many of these are its code · 13 <see cref="End"/> · 14 <see cref="Subtable"/>
/// · 15 <see cref="Exceptional"/> · 16–30 a literal, or the least length or distance, or where a subtable begins · 31 <see cref="Literal"/>.
/// Of a subtable's first look bits 8–11 say how many bits its entries are chosen by. Not thread-safe; made once and built for each block.
/// </remarks>
/// <param name="bits">Bits of the first look.</param>
/// <param name="maxSymbols">Symbols at most.</param>
internal sealed class HuffmanTable(int bits, int maxSymbols)
{
    /// <summary>An entry for a literal.</summary>
    public const uint Literal = 1u << 31;

    /// <summary>An entry that is neither a literal nor a length or distance.</summary>
    public const uint Exceptional = 1u << 15;

    /// <summary>An exceptional entry that points to a subtable.</summary>
    public const uint Subtable = 1u << 14;

    /// <summary>An exceptional entry for the end of a block.</summary>
    public const uint End = 1u << 13;

    /// <summary>An entry for bits that no code begins with.</summary>
    public const uint Invalid = Exceptional;

    private const int MaxCodeBits = 15;

    // A subtable has two symbols at least.
    private readonly uint[] _entries = new uint[(1 << bits) + (maxSymbols / 2 * (1 << (MaxCodeBits - bits)))];
    private readonly ushort[] _sorted = new ushort[maxSymbols];

    /// <summary>The entries of the first look, then those of subtables.</summary>
    public uint[] Entries => _entries;

    /// <summary>Builds the table.</summary>
    /// <param name="lengths">Each symbol's bits; 0 for a symbol that does not occur.</param>
    /// <param name="meanings">Each symbol's entry for a code of no bits.</param>
    /// <param name="mayBeIncomplete">Whether there may be one code alone, of one bit.</param>
    /// <exception cref="InvalidDataException">There is no such code.</exception>
    public void Build(ReadOnlySpan<byte> lengths, ReadOnlySpan<uint> meanings, bool mayBeIncomplete)
    {
        Span<int> counts = stackalloc int[MaxCodeBits + 1];
        foreach (var length in lengths)
            counts[length]++;
        counts[0] = 0;
        var longest = counts.LastIndexOfAnyExcept(0);
        var left = 1;
        Span<int> places = stackalloc int[MaxCodeBits + 2];
        for (var length = 1; length <= MaxCodeBits; length++)
        {
            left = (left << 1) - counts[length];
            if (left < 0)
                throw new InvalidDataException("a Huffman code of too many symbols");
            places[length + 1] = places[length] + counts[length];
        }
        if (left > 0)
        {
            // No code at all is one that nobody uses.
            if (longest > 1 || (longest == 1 && !mayBeIncomplete))
                throw new InvalidDataException("a Huffman code of too few symbols");
            _entries.AsSpan(0, 1 << bits).Fill(Invalid);
        }
        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] > 0)
                _sorted[places[lengths[symbol]]++] = (ushort)symbol;
        }
        Fill(lengths, meanings, counts, longest);
    }

    private void Fill(ReadOnlySpan<byte> lengths, ReadOnlySpan<uint> meanings, ReadOnlySpan<int> counts, int longest)
    {
        var (code, next, subtables, prefix) = (0, 0, 1 << bits, -1);
        for (var length = 1; length <= longest; length++, code <<= 1)
        {
            for (var left = counts[length]; left > 0; left--, code++)
            {
                var meaning = meanings[_sorted[next++]];
                var reversed = Reverse(code, length);
                if (length <= bits)
                {
                    Repeat(0, 1 << bits, reversed, length, meaning);
                    continue;
                }
                var size = 1 << (longest - bits);
                if ((reversed & ((1 << bits) - 1)) != prefix)
                {
                    prefix = reversed & ((1 << bits) - 1);
                    _entries[prefix] = Exceptional | Subtable | ((uint)subtables << 16) | ((uint)(longest - bits) << 8) | (uint)bits;
                    subtables += size;
                }
                Repeat(subtables - size, size, reversed >> bits, length - bits, meaning);
            }
        }
    }

    /// <summary>Sets every entry whose low bits are a code.</summary>
    private void Repeat(int start, int size, int code, int length, uint meaning)
    {
        var entry = meaning + (((uint)length << 8) | (uint)length);
        for (var at = code; at < size; at += 1 << length)
            _entries[start + at] = entry;
    }

    private static int Reverse(int code, int length)
    {
        var value = (uint)code;
        value = ((value & 0x5555) << 1) | ((value >> 1) & 0x5555);
        value = ((value & 0x3333) << 2) | ((value >> 2) & 0x3333);
        value = ((value & 0x0F0F) << 4) | ((value >> 4) & 0x0F0F);
        value = ((value & 0x00FF) << 8) | (value >> 8);
        return (int)(value >> (16 - length));
    }
}
