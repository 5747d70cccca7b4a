using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VmObs.Storage.Embedded.Grams;

/// <summary>Which four bytes of a text stand for it: of each eight neighbouring ones those with the smallest hash (winnowing, Schleimer et al. 2003), and
/// every four letters.</summary>
/// <remarks>
/// A window's choice depends on its bytes alone, so whatever is chosen in a text is also chosen wherever that text is a part of another: a text of
/// <see cref="MinTextBytes"/> or more whose choices a block does not have is not in the block. Of letters, which make few different grams, all are
/// taken: a text with four in a row needs no window. Case is folded by one bit, in letters and others alike. Part of the file format:
/// docs/format/grams.md.
/// </remarks>
internal static class GramSelection
{
    /// <summary>Bytes of a gram.</summary>
    public const int GramBytes = 4;

    /// <summary>Neighbouring grams of which one is chosen.</summary>
    public const int WindowGrams = 8;

    /// <summary>The shortest text of which something is chosen.</summary>
    public const int MinTextBytes = GramBytes + WindowGrams - 1;

    private const byte CaseBit = 0x20;
    private const uint CaseBits = 0x20202020;
    private const uint Multiplier = 0x9E3779B1;

    // A vector's step may look so far behind the last window.
    private const int Slack = 16;

    // For each byte as a mask of eight numbers the places of those that it keeps, in order.
    private static readonly ulong[] s_kept = [.. Enumerable.Range(0, 256).Select(Kept)];

    /// <summary>Numbers of room that <see cref="Select"/> needs for a text.</summary>
    public static int RoomFor(int textBytes) => textBytes + Slack;

    /// <summary>Chooses. A gram that neighbouring windows share is chosen once; one that comes again later is chosen again.</summary>
    /// <param name="text">The text.</param>
    /// <param name="room">At least <see cref="RoomFor"/>; the chosen hashes stand at its start afterwards.</param>
    /// <returns>How many are chosen.</returns>
    public static int Select(ReadOnlySpan<byte> text, Span<uint> room)
    {
        if (text.Length < MinTextBytes)
            return 0;
        var grams = text.Length - GramBytes + 1;
        HashAll(text, room);
        room.Slice(grams, Slack - GramBytes).Fill(uint.MaxValue);
        var windows = grams - WindowGrams + 1;
        Minima(room, windows);
        return DropRepeated(room[..windows]);
    }

    /// <summary>Takes every four letters.</summary>
    /// <param name="text">The text.</param>
    /// <param name="room">At least as many as the text has bytes; the hashes stand at its start afterwards.</param>
    /// <returns>How many there are; a gram that comes again is among them again.</returns>
    public static int SelectLetters(ReadOnlySpan<byte> text, Span<uint> room)
    {
        var (taken, at) = (0, 0);
        room = room[..text.Length];
        if (Vector256.IsHardwareAccelerated && BitConverter.IsLittleEndian)
        {
            ref var origin = ref MemoryMarshal.GetReference(text);
            ref var target = ref MemoryMarshal.GetReference(room);
            for (; at + Vector256<byte>.Count <= text.Length; at += Vector256<byte>.Count - GramBytes + 1)
            {
                var offsets = (Vector256.LoadUnsafe(ref origin, (nuint)at) | Vector256.Create(CaseBit)) - Vector256.Create((byte)'a');
                var letters = Vector256.LessThanOrEqual(offsets, Vector256.Create((byte)('z' - 'a'))).ExtractMostSignificantBits();
                for (var grams = letters & (letters >> 1) & (letters >> 2) & (letters >> 3); grams != 0; grams &= grams - 1)
                    Unsafe.Add(ref target, taken++) = (Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref origin, at + BitOperations.TrailingZeroCount(grams))) | CaseBits) * Multiplier;
            }
        }
        for (; at + GramBytes <= text.Length; at++)
        {
            if (IsLetter(text[at]) && IsLetter(text[at + 1]) && IsLetter(text[at + 2]) && IsLetter(text[at + 3]))
                room[taken++] = Hash(text[at..]);
        }
        return taken;
    }

    /// <summary>The same by its definition.</summary>
    public static int SelectScalar(ReadOnlySpan<byte> text, Span<uint> room)
    {
        var chosen = 0;
        for (var window = 0; window + MinTextBytes <= text.Length; window++)
        {
            var least = uint.MaxValue;
            for (var gram = window; gram < window + WindowGrams; gram++)
                least = Math.Min(least, Hash(text[gram..]));
            if (chosen == 0 || room[chosen - 1] != least)
                room[chosen++] = least;
        }
        return chosen;
    }

    private static bool IsLetter(byte value) => (uint)((value | CaseBit) - 'a') <= 'z' - 'a';

    private static uint Hash(ReadOnlySpan<byte> gram) => (BinaryPrimitives.ReadUInt32LittleEndian(gram) | CaseBits) * Multiplier;

    private static void HashAll(ReadOnlySpan<byte> text, Span<uint> hashes)
    {
        var grams = text.Length - GramBytes + 1;
        var at = 0;
        if (Vector128.IsHardwareAccelerated && BitConverter.IsLittleEndian)
        {
            ref var origin = ref MemoryMarshal.GetReference(text);
            ref var target = ref MemoryMarshal.GetReference(hashes);
            var multiplier = Vector256.Create(Multiplier);
            // Sixteen bytes have thirteen grams; eight of them fill a vector.
            for (; at + Vector128<byte>.Count <= text.Length; at += Vector256<uint>.Count)
            {
                var bytes = Vector128.LoadUnsafe(ref origin, (nuint)at) | Vector128.Create(CaseBits).AsByte();
                var low = Vector128.Shuffle(bytes, Vector128.Create((byte)0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6));
                var high = Vector128.Shuffle(bytes, Vector128.Create((byte)4, 5, 6, 7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10));
                (Vector256.Create(low, high).AsUInt32() * multiplier).StoreUnsafe(ref target, (nuint)at);
            }
        }
        for (; at < grams; at++)
            hashes[at] = Hash(text[at..]);
    }

    // In place: a step writes where no later one reads.
    private static void Minima(Span<uint> hashes, int windows)
    {
        ref var origin = ref MemoryMarshal.GetReference(hashes);
        for (nuint at = 0; at < (nuint)windows; at += (nuint)Vector256<uint>.Count)
        {
            var least = Vector256.LoadUnsafe(ref origin, at);
            for (nuint next = 1; next < WindowGrams; next++)
                least = Vector256.Min(least, Vector256.LoadUnsafe(ref origin, at + next));
            least.StoreUnsafe(ref origin, at);
        }
    }

    // A branch a gram would be mispredicted at every fifth: each is written, and stays when the next is another.
    private static int DropRepeated(Span<uint> minima)
    {
        ref var origin = ref MemoryMarshal.GetReference(minima);
        var (count, before, at) = (1, origin, 1);
        if (Avx2.IsSupported)
        {
            ref var kept = ref MemoryMarshal.GetArrayDataReference(s_kept);
            for (; at + Vector256<uint>.Count <= minima.Length; at += Vector256<uint>.Count)
            {
                var here = Vector256.LoadUnsafe(ref origin, (nuint)at);
                var last = Avx2.PermuteVar8x32(here, Vector256.Create(7u, 0, 1, 2, 3, 4, 5, 6)).WithElement(0, before);
                before = here.GetElement(Vector256<uint>.Count - 1);
                var others = (byte)~Vector256.Equals(here, last).ExtractMostSignificantBits();
                var places = Avx2.ConvertToVector256Int32(Vector128.CreateScalar(Unsafe.Add(ref kept, others)).AsByte()).AsUInt32();
                // What is not kept lies behind what is, where the next step writes; a step never writes beyond what it read.
                Avx2.PermuteVar8x32(here, places).StoreUnsafe(ref origin, (nuint)count);
                count += BitOperations.PopCount(others);
            }
        }
        for (; at < minima.Length; at++)
        {
            var least = Unsafe.Add(ref origin, at);
            Unsafe.Add(ref origin, count) = least;
            count += least != before ? 1 : 0;
            before = least;
        }
        return count;
    }

    private static ulong Kept(int mask)
    {
        var (places, count) = (0UL, 0);
        for (var place = 0; place < 8; place++)
        {
            if ((mask & (1 << place)) != 0)
                places |= (ulong)place << (8 * count++);
        }
        return places;
    }
}
