using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace VmObs.Storage.Deflate;

/// <summary>Inflates whole deflate streams (RFC 1951) from memory to memory.</summary>
/// <remarks>
/// Not thread-safe; made once and used again. Unlike an inflater of streams it has all of the input and room for all of the text: it keeps no window and
/// no state, and copies matches sixteen bytes at a time. What is not a deflate stream is an <see cref="InvalidDataException"/>, and never makes it read or
/// write outside of what it was given. Accepts what zlib accepts. Paid for by <c>VmObs.Bench logs</c>.
/// </remarks>
internal sealed class Inflater
{
    /// <summary>Bytes that must lie behind the stream; they are not read for what they say.</summary>
    public const int SourceSlack = BitSource.SlackBytes;

    /// <summary>Bytes of room behind the text's; they may be overwritten. A step writes two literals and a match before the next one looks.</summary>
    public const int DestinationSlack = MaxMatch + 2 + 32;

    private const int MaxMatch = 258;
    private const int SymbolBits = 10, DistanceBits = 8, LengthBits = 7;
    private const int Symbols = 288, Distances = 32, Lengths = 19;
    private const int EndOfBlock = 256;
    private const ulong SymbolMask = (1 << SymbolBits) - 1, DistanceMask = (1 << DistanceBits) - 1;

    // The most that a distance's code and extra bits come to.
    private const int MaxDistanceBits = 15 + 13;

    private static readonly uint[] s_symbols = SymbolMeanings();
    private static readonly uint[] s_distances = DistanceMeanings();
    private static readonly uint[] s_lengths = [.. Enumerable.Range(0, Lengths).Select(static length => (uint)length << 16)];

    private readonly HuffmanTable _symbols = new(SymbolBits, Symbols);
    private readonly HuffmanTable _distances = new(DistanceBits, Distances);
    private readonly HuffmanTable _lengths = new(LengthBits, Lengths);
    private readonly byte[] _codeLengths = new byte[Symbols + Distances];

    // RFC 1951, 3.2.7.
    private static ReadOnlySpan<byte> LengthOrder => [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    /// <summary>Inflates a stream.</summary>
    /// <param name="source">The stream and <see cref="SourceSlack"/> bytes.</param>
    /// <param name="destination">Room for the text and <see cref="DestinationSlack"/> bytes.</param>
    /// <returns>The text's bytes.</returns>
    /// <exception cref="InvalidDataException">It is no deflate stream that ends with its last byte, or its text has no room.</exception>
    public int Inflate(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, DestinationSlack);
        var bits = new BitSource(source);
        var written = 0;
        for (var isLast = false; !isLast;)
        {
            bits.Refill();
            isLast = bits.Take(1) != 0;
            switch (bits.Take(2))
            {
                case 0:
                    written = Stored(ref bits, destination, written);
                    break;
                case 1:
                    UseFixedCodes();
                    written = Coded(ref bits, destination, written);
                    break;
                case 2:
                    ReadCodes(ref bits);
                    written = Coded(ref bits, destination, written);
                    break;
                default:
                    throw new InvalidDataException("a deflate block of no known type");
            }
        }
        bits.RequireEnd();
        return written;
    }

    private static int Stored(ref BitSource bits, Span<byte> destination, int written)
    {
        var head = bits.TakeBytes(4);
        var length = head[0] | (head[1] << 8);
        if ((head[2] | (head[3] << 8)) != (length ^ 0xFFFF))
            throw new InvalidDataException("a stored deflate block whose length and its complement do not fit");
        if (length > destination.Length - DestinationSlack - written)
            ThrowTooLong();
        bits.TakeBytes(length).CopyTo(destination[written..]);
        return written + length;
    }

    /// <summary>Literals and matches up to the end of the block.</summary>
    /// <remarks>All state is in locals, which registers hold; the source is as <see cref="BitSource"/> reads it.</remarks>
    private int Coded(ref BitSource source, Span<byte> destination, int written)
    {
        ref var text = ref MemoryMarshal.GetReference(destination);
        ref var input = ref MemoryMarshal.GetReference(source.Bytes);
        // Masked bits and what the tables themselves say are the only indices.
        ref var symbols = ref MemoryMarshal.GetArrayDataReference(_symbols.Entries);
        ref var distances = ref MemoryMarshal.GetArrayDataReference(_distances.Entries);
        var (bits, count, next, end) = (source.Bits, source.Count, (nint)source.At, (nint)(source.Bytes.Length - BitSource.SlackBytes));
        var (at, room) = ((nint)written, (nint)(destination.Length - DestinationSlack));
        while (true)
        {
            Refill(ref input, end, ref next, ref bits, ref count);
            if (at > room)
                ThrowTooLong();
            // Two literals and a length are ready with one look at the input.
            var entry = Unsafe.Add(ref symbols, (nint)(bits & SymbolMask));
            if ((int)entry < 0)
            {
                Drop(entry, ref bits, ref count);
                Unsafe.Add(ref text, at++) = (byte)(entry >> 16);
                entry = Unsafe.Add(ref symbols, (nint)(bits & SymbolMask));
                if ((int)entry < 0)
                {
                    Drop(entry, ref bits, ref count);
                    Unsafe.Add(ref text, at++) = (byte)(entry >> 16);
                    continue;
                }
            }
            if ((entry & HuffmanTable.Exceptional) != 0)
            {
                entry = Second(ref symbols, entry, ref bits, ref count);
                if ((int)entry < 0)
                {
                    Drop(entry, ref bits, ref count);
                    Unsafe.Add(ref text, at++) = (byte)(entry >> 16);
                    continue;
                }
                if ((entry & HuffmanTable.End) != 0)
                {
                    Drop(entry, ref bits, ref count);
                    source.Resume(bits, count, (int)next);
                    return (int)at;
                }
            }
            var length = ValueOf(entry, ref bits, ref count);
            if (count < MaxDistanceBits)
                Refill(ref input, end, ref next, ref bits, ref count);
            entry = Unsafe.Add(ref distances, (nint)(bits & DistanceMask));
            if ((entry & HuffmanTable.Exceptional) != 0)
                entry = Second(ref distances, entry, ref bits, ref count);
            var distance = ValueOf(entry, ref bits, ref count);
            if (distance > at)
                ThrowTooFar();
            Copy(ref Unsafe.Add(ref text, at), distance, length);
            at += length;
        }
    }

    /// <summary>As <see cref="BitSource.Refill"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Refill(ref byte input, nint end, ref nint next, ref ulong bits, ref int count)
    {
        if (next <= end)
        {
            bits |= Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref input, next)) << count;
            next += (63 - count) >> 3;
            count |= BitSource.ReadyBits;
        }
        else if (count < (next - end) * 8)
        {
            BitSource.ThrowCutOff();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Drop(uint entry, ref ulong bits, ref int count)
    {
        // A shift looks at six bits alone, and no entry takes more.
        bits >>= (int)entry;
        count -= (byte)entry;
    }

    /// <summary>Where a first look does not say all: the entry of the subtable, or the end of the block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Second(ref uint table, uint entry, ref ulong bits, ref int count)
    {
        if ((entry & HuffmanTable.Subtable) != 0)
        {
            Drop(entry, ref bits, ref count);
            entry = Unsafe.Add(ref table, (nint)((entry >> 16) + (uint)(bits & ((1UL << (int)((entry >> 8) & 0xF)) - 1))));
        }
        if ((entry & (HuffmanTable.Exceptional | HuffmanTable.End)) == HuffmanTable.Exceptional)
            ThrowNoCode();
        return entry;
    }

    /// <summary>A length or distance with its extra bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint ValueOf(uint entry, ref ulong bits, ref int count)
    {
        var extra = (bits & ((1UL << (int)entry) - 1)) >> (int)((entry >> 8) & 0xF);
        Drop(entry, ref bits, ref count);
        return (nint)(entry >> 16) + (nint)extra;
    }

    /// <summary>Repeats what stands so far before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(ref byte to, nint distance, nint length)
    {
        ref var from = ref Unsafe.Subtract(ref to, distance);
        if (distance >= Vector128<byte>.Count)
        {
            // Most matches are shorter than two vectors: a branch for the second would be mispredicted at every third.
            Vector128.LoadUnsafe(ref from).StoreUnsafe(ref to);
            Vector128.LoadUnsafe(ref from, (nuint)Vector128<byte>.Count).StoreUnsafe(ref to, (nuint)Vector128<byte>.Count);
            for (nint done = 2 * Vector128<byte>.Count; done < length; done += Vector128<byte>.Count)
                Vector128.LoadUnsafe(ref from, (nuint)done).StoreUnsafe(ref to, (nuint)done);
            return;
        }
        for (nint i = 0; i < length; i++)
            Unsafe.Add(ref to, i) = Unsafe.Add(ref from, i);
    }

    // RFC 1951, 3.2.6.
    private void UseFixedCodes()
    {
        var lengths = _codeLengths.AsSpan();
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..Symbols].Fill(8);
        lengths[Symbols..].Fill(5);
        _symbols.Build(lengths[..Symbols], s_symbols, mayBeIncomplete: false);
        _distances.Build(lengths[Symbols..], s_distances, mayBeIncomplete: false);
    }

    /// <summary>Reads a block's two codes (RFC 1951, 3.2.7).</summary>
    private void ReadCodes(ref BitSource bits)
    {
        var (symbols, distances, lengths) = (bits.Take(5) + 257, bits.Take(5) + 1, bits.Take(4) + 4);
        // As many symbols as have a meaning.
        if (symbols > 286 || distances > 30)
            throw new InvalidDataException($"a deflate block of {symbols} symbols and {distances} distances");
        Span<byte> order = stackalloc byte[Lengths];
        order.Clear();
        for (var i = 0; i < lengths; i++)
        {
            // Sixteen times three bits are ready.
            if (i % 16 == 0)
                bits.Refill();
            order[LengthOrder[i]] = (byte)bits.Take(3);
        }
        _lengths.Build(order, s_lengths, mayBeIncomplete: false);
        var all = _codeLengths.AsSpan(0, symbols + distances);
        for (var at = 0; at < all.Length;)
        {
            bits.Refill();
            var entry = _lengths.Entries[(int)(bits.Bits & ((1 << LengthBits) - 1))];
            if ((entry & HuffmanTable.Exceptional) != 0)
                ThrowNoCode();
            bits.Drop((byte)entry);
            at += ReadLength((int)(entry >> 16), all[at..], at == 0 ? -1 : all[at - 1], ref bits);
        }
        if (all[EndOfBlock] == 0)
            throw new InvalidDataException("a deflate block without a code for its end");
        _symbols.Build(all[..symbols], s_symbols, mayBeIncomplete: true);
        _distances.Build(all[symbols..], s_distances, mayBeIncomplete: true);
    }

    /// <summary>Writes one length, or repeats: 16 the one before, 17 and 18 none.</summary>
    private static int ReadLength(int symbol, Span<byte> into, int before, ref BitSource bits)
    {
        if (symbol < 16)
        {
            into[0] = (byte)symbol;
            return 1;
        }
        var count = symbol switch { 16 => 3 + bits.Take(2), 17 => 3 + bits.Take(3), _ => 11 + bits.Take(7) };
        if (count > into.Length || (symbol == 16 && before < 0))
            throw new InvalidDataException("a deflate block that repeats a code's length too often");
        into[..count].Fill(symbol == 16 ? (byte)before : (byte)0);
        return count;
    }

    private static void ThrowTooLong() => throw new InvalidDataException("more text than was promised");

    private static void ThrowTooFar() => throw new InvalidDataException("a match that begins before the text");

    private static void ThrowNoCode() => throw new InvalidDataException("bits that are no code of their deflate block");

    // RFC 1951, 3.2.5.
    private static uint[] SymbolMeanings()
    {
        var meanings = new uint[Symbols];
        for (var literal = 0; literal < EndOfBlock; literal++)
            meanings[literal] = HuffmanTable.Literal | ((uint)literal << 16);
        meanings[EndOfBlock] = HuffmanTable.Exceptional | HuffmanTable.End;
        for (int symbol = EndOfBlock + 1, length = 3; symbol < 285; symbol++)
        {
            var extra = symbol < 265 ? 0 : (symbol - 261) / 4;
            meanings[symbol] = ((uint)length << 16) | (uint)extra;
            length += 1 << extra;
        }
        meanings[285] = (uint)MaxMatch << 16;
        meanings.AsSpan(286).Fill(HuffmanTable.Invalid);
        return meanings;
    }

    private static uint[] DistanceMeanings()
    {
        var meanings = new uint[Distances];
        for (int symbol = 0, distance = 1; symbol < 30; symbol++)
        {
            var extra = symbol < 4 ? 0 : (symbol - 2) / 2;
            meanings[symbol] = ((uint)distance << 16) | (uint)extra;
            distance += 1 << extra;
        }
        meanings.AsSpan(30).Fill(HuffmanTable.Invalid);
        return meanings;
    }
}
