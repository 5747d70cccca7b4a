using System.Numerics;
using VmObs.Signals;

namespace VmObs.Storage;

/// <summary>Numbers in seven bits a byte, least significant first; signed ones folded so that small ones stay short.</summary>
internal static class Varint
{
    /// <summary>Bytes of the longest one.</summary>
    public const int MaxBytes = 10;

    /// <summary>Appends a number.</summary>
    public static void Write(PooledBuffer destination, ulong value) => destination.Advance(Write(destination.GetSpan(MaxBytes), value));

    /// <summary>Writes a number and returns its bytes.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        var length = 0;
        while (value >= 0x80)
        {
            destination[length++] = (byte)(value | 0x80);
            value >>= 7;
        }
        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>Writes a signed number and returns its bytes.</summary>
    public static int WriteSigned(Span<byte> destination, long value) => Write(destination, (ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Reads a number and moves on.</summary>
    /// <exception cref="FormatException">The bytes end, or the number does not fit 64 bits.</exception>
    public static ulong Read(ref ReadOnlySpan<byte> source)
    {
        ulong value = 0;
        for (var i = 0; i < source.Length && i < MaxBytes; i++)
        {
            value |= (ulong)(source[i] & 0x7F) << (7 * i);
            if (source[i] >= 0x80)
                continue;
            source = source[(i + 1)..];
            return value;
        }
        throw new FormatException("a number that does not end");
    }

    /// <summary>Reads a signed number and moves on.</summary>
    public static long ReadSigned(ref ReadOnlySpan<byte> source)
    {
        var folded = Read(ref source);
        return (long)(folded >> 1) ^ -(long)(folded & 1);
    }

    /// <summary>Reads a length that must fit what follows.</summary>
    public static int ReadLength(ref ReadOnlySpan<byte> source)
    {
        var length = Read(ref source);
        return length <= (ulong)source.Length ? (int)length : throw new FormatException($"a length of {length} where {source.Length} bytes are left");
    }

    /// <summary>Bytes that a number takes.</summary>
    public static int Length(ulong value) => Math.Max(1, (70 - BitOperations.LeadingZeroCount(value)) / 7);
}
