using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace VmObs.Signals.Texts;

/// <summary>A text to look for in UTF-8 bytes: ASCII letters in any case, all other bytes as they are.</summary>
/// <remarks>Immutable and thread-safe. Vectors compare two of the text's rarer bytes at their distance, so that few places are looked at closely.</remarks>
public sealed class FoldedText
{
    private const byte CaseBit = 0x20;

    private readonly byte[] _text;
    private readonly int _first;
    private readonly int _second;

    /// <param name="text">At least one byte.</param>
    public FoldedText(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            throw new ArgumentException("BUG: an empty text is everywhere", nameof(text));
        _text = new byte[text.Length];
        for (var i = 0; i < text.Length; i++)
            _text[i] = Fold(text[i]);
        for (var i = 1; i < _text.Length; i++)
        {
            if (Commonness(_text[i]) < Commonness(_text[_first]))
                _first = i;
        }
        _second = _first == 0 ? _text.Length - 1 : 0;
        for (var i = 0; i < _text.Length; i++)
        {
            if (i != _first && Commonness(_text[i]) < Commonness(_text[_second]))
                _second = i;
        }
    }

    /// <summary>Bytes of the text.</summary>
    public int Length => _text.Length;

    /// <summary>The text, its ASCII letters in lower case.</summary>
    public ReadOnlySpan<byte> Bytes => _text;

    /// <summary>Where the text first stands in the bytes; -1 when it does not.</summary>
    public int IndexIn(ReadOnlySpan<byte> bytes)
    {
        var starts = bytes.Length - _text.Length + 1;
        if (!Vector256.IsHardwareAccelerated || starts < Vector256<byte>.Count)
            return IndexInScalar(bytes);
        ref var origin = ref MemoryMarshal.GetReference(bytes);
        var (first, second) = (Vector256.Create(_text[_first]), Vector256.Create(_text[_second]));
        var (foldFirst, foldSecond) = (Vector256.Create(CaseBitOf(_text[_first])), Vector256.Create(CaseBitOf(_text[_second])));
        for (var at = 0; ; at += Vector256<byte>.Count)
        {
            // The last step looks at some starts for a second time rather than at none.
            at = Math.Min(at, starts - Vector256<byte>.Count);
            var equal = Vector256.Equals(Vector256.LoadUnsafe(ref origin, (nuint)(at + _first)) | foldFirst, first)
                & Vector256.Equals(Vector256.LoadUnsafe(ref origin, (nuint)(at + _second)) | foldSecond, second);
            for (var hits = equal.ExtractMostSignificantBits(); hits != 0; hits &= hits - 1)
            {
                var start = at + BitOperations.TrailingZeroCount(hits);
                if (StandsAt(bytes[start..]))
                    return start;
            }
            if (at == starts - Vector256<byte>.Count)
                return -1;
        }
    }

    /// <summary>The same without vectors.</summary>
    public int IndexInScalar(ReadOnlySpan<byte> bytes)
    {
        for (var start = 0; start + _text.Length <= bytes.Length; start++)
        {
            if (StandsAt(bytes[start..]))
                return start;
        }
        return -1;
    }

    private bool StandsAt(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < _text.Length; i++)
        {
            if (Fold(bytes[i]) != _text[i])
                return false;
        }
        return true;
    }

    private static byte Fold(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | CaseBit) : value;

    private static byte CaseBitOf(byte folded) => folded is >= (byte)'a' and <= (byte)'z' ? CaseBit : (byte)0;

    // In JSON documents of logs: quotes and digits most of all, then the letters of English in their usual order.
    private static int Commonness(byte folded) => folded switch
    {
        (byte)'"' or (byte)'\\' or (byte)':' or (byte)',' or (byte)' ' => 40,
        >= (byte)'0' and <= (byte)'9' => 35,
        >= (byte)'a' and <= (byte)'z' => 30 - "etaoinsrhldcumfpgwybvkxjqz"u8.IndexOf(folded),
        (byte)'-' or (byte)'_' or (byte)'.' or (byte)'/' => 20,
        _ => 0,
    };
}
