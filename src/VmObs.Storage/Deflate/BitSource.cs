using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace VmObs.Storage.Deflate;

/// <summary>Reads a deflate stream bit by bit, the low ones first.</summary>
/// <remarks>Looks ahead over the stream's end, into bytes of which it is only certain that they are there; whoever took bits of those is told when bits
/// are next needed, or at the end.</remarks>
internal ref struct BitSource
{
    /// <summary>Bytes behind the stream that are looked at.</summary>
    public const int SlackBytes = sizeof(ulong);

    /// <summary>As many bits are ready after <see cref="Refill"/>, at least.</summary>
    public const int ReadyBits = 56;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _end;
    private int _at;
    private int _count;

    /// <summary>Takes the stream with the slack behind it.</summary>
    public BitSource(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _end = bytes.Length - SlackBytes;
        ArgumentOutOfRangeException.ThrowIfNegative(_end);
    }

    /// <summary>The next bits; those beyond the ones that are ready are of no meaning.</summary>
    public ulong Bits { get; private set; }

    /// <summary>How many are ready.</summary>
    public readonly int Count => _count;

    /// <summary>The stream with the slack behind it.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The byte that is read next.</summary>
    public readonly int At => _at;

    /// <summary>Goes on where somebody else stopped who read by the same rules.</summary>
    public void Resume(ulong bits, int count, int at) => (Bits, _count, _at) = (bits, count, at);

    /// <summary>Makes bits ready.</summary>
    /// <exception cref="InvalidDataException">Bits behind the stream's end were taken.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Refill()
    {
        if (_at <= _end)
        {
            // What does not fit is read again: the same bits go to the same place.
            Bits |= BinaryPrimitives.ReadUInt64LittleEndian(_bytes[_at..]) << _count;
            _at += (63 - _count) >> 3;
            _count |= ReadyBits;
        }
        else if (Left < 0)
        {
            ThrowCutOff();
        }
    }

    /// <summary>Passes over bits that are ready.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Drop(int count)
    {
        Bits >>= count;
        _count -= count;
    }

    /// <summary>Takes bits that are ready.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Take(int count)
    {
        var value = (int)(Bits & ((1UL << count) - 1));
        Drop(count);
        return value;
    }

    /// <summary>Takes whole bytes, from the next byte's beginning on.</summary>
    public ReadOnlySpan<byte> TakeBytes(int count)
    {
        Drop(_count & 7);
        var start = _at - (_count >> 3);
        if (count > _end - start)
            ThrowCutOff();
        (_at, _count, Bits) = (start + count, 0, 0);
        return _bytes.Slice(start, count);
    }

    /// <summary>Requires that the stream ends with the byte of the last bit taken.</summary>
    public readonly void RequireEnd()
    {
        if (Left < 0)
            ThrowCutOff();
        if (Left > 7)
            throw new InvalidDataException("bytes after the end of the deflate stream");
    }

    /// <summary>Says that bits behind the stream's end were taken.</summary>
    [DoesNotReturn]
    public static void ThrowCutOff() => throw new InvalidDataException("a deflate stream that is cut off");

    // Bits of the stream that are not taken; negative when others were.
    private readonly long Left => _count + (((long)_end - _at) * 8);
}
