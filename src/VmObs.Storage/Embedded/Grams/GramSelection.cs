using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace VmObs.Storage.Embedded.Grams;

/// <summary>Which four bytes of a text stand for it: of each eight neighbouring ones those with the smallest hash (winnowing, Schleimer et al. 2003).</summary>
/// <remarks>
/// A window's choice depends on its bytes alone, so whatever is chosen in a text is also chosen wherever that text is a part of another: a text of
/// <see cref="MinTextBytes"/> or more whose choices a block does not have is not in the block. Case is folded by one bit, in letters and others alike.
/// Part of the file format: docs/format/grams.md.
/// </remarks>
internal static class GramSelection
{
    /// <summary>Bytes of a gram.</summary>
    public const int GramBytes = 4;

    /// <summary>Neighbouring grams of which one is chosen.</summary>
    public const int WindowGrams = 8;

    /// <summary>The shortest text of which something is chosen.</summary>
    public const int MinTextBytes = GramBytes + WindowGrams - 1;

    private const uint CaseBits = 0x20202020;
    private const uint Multiplier = 0x9E3779B1;

    // A vector's step may look so far behind the last window.
    private const int Slack = 16;

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
        var (last, before) = (0, origin);
        for (var at = 1; at < minima.Length; at++)
        {
            var least = Unsafe.Add(ref origin, at);
            last += least != before ? 1 : 0;
            Unsafe.Add(ref origin, last) = before = least;
        }
        return last + 1;
    }
}
