using System.Buffers.Binary;

namespace VmObs.Storage.Parquet;

/// <summary>BYTE_STREAM_SPLIT of doubles: all first bytes, then all second ones, and so on, so that bytes that seldom change lie together.</summary>
internal static class ByteStreamSplit
{
    /// <summary>Splits values of eight bytes.</summary>
    /// <param name="values">In memory order.</param>
    /// <param name="destination">As many bytes.</param>
    public static void Write(ReadOnlySpan<double> values, Span<byte> destination)
    {
        var count = values.Length;
        var at = 0;
        Span<ulong> rows = stackalloc ulong[8];
        for (; at + 8 <= count; at += 8)
        {
            for (var i = 0; i < 8; i++)
                rows[i] = BitConverter.DoubleToUInt64Bits(values[at + i]);
            Transpose(rows);
            for (var stream = 0; stream < 8; stream++)
                BinaryPrimitives.WriteUInt64LittleEndian(destination[((stream * count) + at)..], rows[stream]);
        }
        for (; at < count; at++)
        {
            var bits = BitConverter.DoubleToUInt64Bits(values[at]);
            for (var stream = 0; stream < 8; stream++)
                destination[(stream * count) + at] = (byte)(bits >> (8 * stream));
        }
    }

    /// <summary>Puts values together again.</summary>
    /// <param name="split">All bytes of all values.</param>
    /// <param name="first">The first value wanted.</param>
    /// <param name="values">Gets as many as it has room for.</param>
    public static void Read(ReadOnlySpan<byte> split, int first, Span<double> values)
    {
        var count = split.Length / sizeof(double);
        var at = 0;
        Span<ulong> rows = stackalloc ulong[8];
        for (; at + 8 <= values.Length; at += 8)
        {
            for (var stream = 0; stream < 8; stream++)
                rows[stream] = BinaryPrimitives.ReadUInt64LittleEndian(split[((stream * count) + first + at)..]);
            // Its own inverse.
            Transpose(rows);
            for (var i = 0; i < 8; i++)
                values[at + i] = BitConverter.UInt64BitsToDouble(rows[i]);
        }
        for (; at < values.Length; at++)
        {
            var bits = 0UL;
            for (var stream = 0; stream < 8; stream++)
                bits |= (ulong)split[(stream * count) + first + at] << (8 * stream);
            values[at] = BitConverter.UInt64BitsToDouble(bits);
        }
    }

    /// <summary>Eight rows of eight bytes become eight columns: halves, then quarters, then bytes change places.</summary>
    private static void Transpose(Span<ulong> rows)
    {
        Exchange(rows, 4, 0x0000_0000_FFFF_FFFF);
        Exchange(rows, 2, 0x0000_FFFF_0000_FFFF);
        Exchange(rows, 1, 0x00FF_00FF_00FF_00FF);
    }

    private static void Exchange(Span<ulong> rows, int distance, ulong low)
    {
        for (var i = 0; i < 8; i++)
        {
            if ((i & distance) != 0)
                continue;
            var (upper, lower) = (rows[i], rows[i + distance]);
            rows[i] = (upper & low) | ((lower & low) << (8 * distance));
            rows[i + distance] = ((upper >> (8 * distance)) & low) | (lower & ~low);
        }
    }
}
