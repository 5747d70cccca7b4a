using System.Buffers.Text;
using System.IO.Hashing;

namespace VmObs.Signals.Traces;

/// <summary>The bytes of ids that are written as texts: "trace-" or "span-" before hexadecimal digits, or anything else.</summary>
/// <remarks>SPEC 2.3 names ids "trace-abc123…" and "span-001". One that is W3C's behind its prefix is those bytes; any other is its hash
/// (XxHash128 or XxHash3 of its UTF-8), and the text is kept beside it (<see cref="NativeScope"/>).</remarks>
public static class SpanIds
{
    /// <summary>The longest text that is taken, bytes.</summary>
    public const int MaxBytes = 256;

    /// <summary>The id of a trace.</summary>
    /// <param name="text">1 to <see cref="MaxBytes"/> bytes of UTF-8.</param>
    public static TraceId TraceOf(ReadOnlySpan<byte> text)
    {
        var digits = text.StartsWith("trace-"u8) ? text["trace-"u8.Length..] : text;
        var id = digits.Length == 32 && TryHex(digits[..16], out var high) && TryHex(digits[16..], out var low)
            ? new TraceId(high, low)
            : default;
        if (!id.IsZero)
            return id;
        Span<byte> hash = stackalloc byte[TraceId.Bytes];
        XxHash128.Hash(text, hash);
        return TraceId.Read(hash);
    }

    /// <summary>The id of a span: eight bytes read big-endian.</summary>
    /// <param name="text">1 to <see cref="MaxBytes"/> bytes of UTF-8.</param>
    public static ulong SpanOf(ReadOnlySpan<byte> text)
    {
        var digits = text.StartsWith("span-"u8) ? text["span-"u8.Length..] : text;
        return digits.Length == 16 && TryHex(digits, out var id) && id != 0 ? id : XxHash3.HashToUInt64(text);
    }

    private static bool TryHex(ReadOnlySpan<byte> digits, out ulong value) =>
        Utf8Parser.TryParse(digits, out value, out var read, 'x') && read == digits.Length;
}
