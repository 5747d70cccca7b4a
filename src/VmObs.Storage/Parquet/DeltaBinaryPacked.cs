using System.Numerics;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>DELTA_BINARY_PACKED: the first number, then differences less the smallest of their block, bit-packed.</summary>
/// <remarks>
/// <code>varint 128 values a block · varint 4 parts a block · varint count · first, signed varint
/// then for each block: smallest difference, signed varint · a byte a part: bits of its 32 values · the parts</code>
/// Differences wrap around as the column's type does. Parts behind the last value are left out.
/// </remarks>
internal static class DeltaBinaryPacked
{
    private const int BlockValues = 128;
    private const int PartValues = 32;
    private const int Parts = BlockValues / PartValues;
    private const int MaxBlockBytes = Varint.MaxBytes + Parts + (BlockValues * sizeof(ulong)) + BitPacking.Slack;

    /// <summary>Appends the numbers.</summary>
    public static void Write<T>(PooledBuffer destination, ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryInteger<T>
    {
        Varint.Write(destination, BlockValues);
        Varint.Write(destination, Parts);
        Varint.Write(destination, (ulong)values.Length);
        WriteSigned(destination, values.IsEmpty ? 0 : Signed(values[0]));
        Span<ulong> differences = stackalloc ulong[BlockValues];
        for (var at = 1; at < values.Length; at += BlockValues)
        {
            var count = Math.Min(BlockValues, values.Length - at);
            var before = values.Slice(at - 1, count);
            var block = values.Slice(at, count);
            var smallest = long.MaxValue;
            for (var i = 0; i < block.Length; i++)
            {
                var difference = Signed(unchecked(block[i] - before[i]));
                differences[i] = (ulong)difference;
                smallest = Math.Min(smallest, difference);
            }
            WriteBlock(destination, differences, count, smallest);
        }
    }

    /// <summary>Reads numbers and moves behind all of them, or, where only some are wanted, as far as need be.</summary>
    /// <param name="source">Begins with them.</param>
    /// <param name="count">How many there must be.</param>
    /// <param name="first">The first one wanted.</param>
    /// <param name="values">Gets as many as it has room for.</param>
    /// <param name="toEnd">Whether the source must be moved behind all of them.</param>
    /// <exception cref="InvalidDataException">The bytes are none of ours, or end.</exception>
    public static void Read<T>(ref ReadOnlySpan<byte> source, int count, int first, Span<T> values, bool toEnd)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (block, parts, total) = (Varint.Read(ref source), Varint.Read(ref source), Varint.Read(ref source));
        // Arrow has twice as many in a block of numbers of eight bytes.
        if (block is not (BlockValues or 2 * BlockValues) || parts != Parts || total != (ulong)count)
            throw new InvalidDataException($"{total} numbers in blocks of {block} values in {parts} parts, wanted {count} in blocks of {BlockValues} in {Parts}");
        var partValues = (int)block / Parts;
        var value = Varint.ReadSigned(ref source);
        var end = first + values.Length;
        if (count > 0 && first == 0 && end > 0)
            values[0] = T.CreateTruncating(value);
        Span<ulong> room = stackalloc ulong[2 * PartValues];
        var differences = room[..partValues];
        Span<byte> packed = stackalloc byte[(2 * PartValues * sizeof(ulong)) + BitPacking.Slack + 1];
        for (var at = 1; at < count && (toEnd || at < end);)
        {
            var smallest = Varint.ReadSigned(ref source);
            var widths = Take(ref source, Parts);
            for (var part = 0; part < Parts && at < count; part++, at += partValues)
            {
                if (widths[part] > 64)
                    throw new InvalidDataException($"numbers of {widths[part]} bits");
                Take(ref source, widths[part] * partValues / 8).CopyTo(packed);
                BitPacking.Unpack(packed, widths[part], differences);
                var here = Math.Min(partValues, count - at);
                if (at >= first && at + here <= end)
                {
                    value = Add(differences[..here], smallest, value, values.Slice(at - first, here));
                    continue;
                }
                for (var i = 0; i < here; i++)
                {
                    value = unchecked(value + smallest + (long)differences[i]);
                    if (at + i >= first && at + i < end)
                        values[at + i - first] = T.CreateTruncating(value);
                }
            }
        }
    }

    /// <summary>Adds up a part all of which is wanted.</summary>
    /// <returns>The last number.</returns>
    private static long Add<T>(ReadOnlySpan<ulong> differences, long smallest, long value, Span<T> values)
        where T : unmanaged, IBinaryInteger<T>
    {
        values = values[..differences.Length];
        for (var i = 0; i < differences.Length; i++)
        {
            value = unchecked(value + smallest + (long)differences[i]);
            values[i] = T.CreateTruncating(value);
        }
        return value;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> source, int bytes)
    {
        if (source.Length < bytes)
            throw new InvalidDataException($"{source.Length} bytes where {bytes} are wanted");
        var taken = source[..bytes];
        source = source[bytes..];
        return taken;
    }

    private static void WriteBlock(PooledBuffer destination, Span<ulong> differences, int count, long smallest)
    {
        foreach (ref var difference in differences[..count])
            difference = unchecked(difference - (ulong)smallest);
        differences[count..].Clear();
        var space = destination.GetSpan(MaxBlockBytes);
        var widths = Varint.WriteSigned(space, smallest);
        var at = widths + Parts;
        for (var part = 0; part < Parts; part++)
        {
            var values = differences.Slice(part * PartValues, PartValues);
            ulong all = 0;
            foreach (var value in values)
                all |= value;
            var width = 64 - BitOperations.LeadingZeroCount(all);
            space[widths + part] = (byte)width;
            if (width > 0)
                at += BitPacking.Pack(values, width, space[at..]);
        }
        destination.Advance(at);
    }

    // Parquet's integers are signed, also where they mean unsigned ones.
    private static long Signed<T>(T value)
        where T : unmanaged, IBinaryInteger<T> => System.Runtime.CompilerServices.Unsafe.SizeOf<T>() == sizeof(int) ? int.CreateTruncating(value) : long.CreateTruncating(value);

    private static void WriteSigned(PooledBuffer destination, long value) => destination.Advance(Varint.WriteSigned(destination.GetSpan(Varint.MaxBytes), value));
}
