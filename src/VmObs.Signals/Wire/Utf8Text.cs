using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace VmObs.Signals.Wire;

/// <summary>Makes text from outside into UTF-8.</summary>
internal static class Utf8Text
{
    /// <summary>The text itself, or a copy in which each run of bytes that is not UTF-8 is U+FFFD.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="scratch">Holds the copy, at its end; the result is valid until it is written to again.</param>
    public static ReadOnlySpan<byte> Repair(ReadOnlySpan<byte> text, PooledBuffer scratch)
    {
        if (Utf8.IsValid(text))
            return text;
        var start = scratch.Length;
        while (!text.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(text, out _, out var consumed);
            scratch.Write(status == OperationStatus.Done ? text[..consumed] : "\uFFFD"u8);
            text = text[consumed..];
        }
        return scratch.WrittenSpan[start..];
    }
}
