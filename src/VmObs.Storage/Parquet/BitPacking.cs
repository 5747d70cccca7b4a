using System.Buffers.Binary;

namespace VmObs.Storage.Parquet;

/// <summary>Values of a fixed number of bits one after the other, least significant bits first.</summary>
internal static class BitPacking
{
    /// <summary>Bytes that a destination must have beyond the packed ones.</summary>
    public const int Slack = sizeof(ulong);

    /// <summary>Packs a multiple of eight values of at most 32 bits and returns the bytes written.</summary>
    public static int Pack(ReadOnlySpan<uint> values, int width, Span<byte> destination)
    {
        ulong bits = 0;
        var (count, at) = (0, 0);
        foreach (var value in values)
        {
            bits |= (ulong)value << count;
            count += width;
            if (count < 32)
                continue;
            BinaryPrimitives.WriteUInt32LittleEndian(destination[at..], (uint)bits);
            at += sizeof(uint);
            bits >>= 32;
            count -= 32;
        }
        BinaryPrimitives.WriteUInt64LittleEndian(destination[at..], bits);
        return at + (count / 8);
    }

    /// <summary>Packs a multiple of eight values of at most 64 bits and returns the bytes written.</summary>
    public static int Pack(ReadOnlySpan<ulong> values, int width, Span<byte> destination)
    {
        ulong bits = 0;
        var (count, at) = (0, 0);
        foreach (var value in values)
        {
            bits |= value << count;
            count += width;
            if (count < 64)
                continue;
            BinaryPrimitives.WriteUInt64LittleEndian(destination[at..], bits);
            at += sizeof(ulong);
            count -= 64;
            // A shift by all 64 bits would be none at all.
            bits = count == 0 ? 0 : value >> (width - count);
        }
        BinaryPrimitives.WriteUInt64LittleEndian(destination[at..], bits);
        return at + (count / 8);
    }

    /// <summary>Unpacks values of at most 64 bits.</summary>
    /// <param name="packed">Packed values with <see cref="Slack"/> bytes and one more behind them.</param>
    /// <param name="width">Bits of a value.</param>
    /// <param name="values">Gets as many as it has room for.</param>
    public static void Unpack(ReadOnlySpan<byte> packed, int width, Span<ulong> values)
    {
        if (width == 0)
        {
            values.Clear();
            return;
        }
        var mask = width == 64 ? ulong.MaxValue : (1UL << width) - 1;
        for (var (i, bit) = (0, 0); i < values.Length; i++, bit += width)
        {
            var (at, shift) = (bit >> 3, bit & 7);
            var value = BinaryPrimitives.ReadUInt64LittleEndian(packed[at..]) >> shift;
            if (shift + width > 64)
                value |= (ulong)packed[at + sizeof(ulong)] << (64 - shift);
            values[i] = value & mask;
        }
    }
}
