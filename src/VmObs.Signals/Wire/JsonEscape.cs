using System.Buffers;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace VmObs.Signals.Wire;

/// <summary>Writes text between a JSON string's quotes with only the escapes that JSON demands.</summary>
/// <remarks>Log lines that are JSON themselves have a quote every few bytes, so that looking for the next one costs more than copying:
/// each step copies 16 bytes and keeps those before the first that needs an escape.</remarks>
internal static class JsonEscape
{
    private const int ChunkBytes = 4096, MaxEscapeBytes = 6;

    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static b => (byte)b), (byte)'"', (byte)'\\']);

    /// <summary>Appends the text, escaped.</summary>
    /// <param name="destination">Gets the text.</param>
    /// <param name="text">Valid UTF-8.</param>
    public static void Write(PooledBuffer destination, ReadOnlySpan<byte> text)
    {
        var plain = text.IndexOfAny(Escaped);
        if (plain < 0)
        {
            destination.Write(text);
            return;
        }
        while (text.Length > ChunkBytes)
        {
            WriteChunk(destination, text[..ChunkBytes]);
            text = text[ChunkBytes..];
        }
        WriteChunk(destination, text);
    }

    /// <summary>The same byte by byte.</summary>
    public static void WriteScalar(PooledBuffer destination, ReadOnlySpan<byte> text)
    {
        var space = destination.GetSpan(text.Length * MaxEscapeBytes);
        destination.Advance(WriteScalar(space, 0, text));
    }

    private static void WriteChunk(PooledBuffer destination, ReadOnlySpan<byte> text)
    {
        var space = destination.GetSpan((text.Length * MaxEscapeBytes) + Vector128<byte>.Count);
        var at = 0;
        while (text.Length >= Vector128<byte>.Count)
        {
            var bytes = Vector128.Create(text);
            bytes.CopyTo(space[at..]);
            var escaped = Vector128.Equals(bytes, Vector128.Create((byte)'"'))
                | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
                | Vector128.LessThan(bytes, Vector128.Create((byte)0x20));
            var mask = escaped.ExtractMostSignificantBits();
            if (mask == 0)
            {
                at += Vector128<byte>.Count;
                text = text[Vector128<byte>.Count..];
                continue;
            }
            var plain = BitOperations.TrailingZeroCount(mask);
            at = WriteEscape(space, at + plain, text[plain]);
            text = text[(plain + 1)..];
        }
        destination.Advance(WriteScalar(space, at, text));
    }

    private static int WriteScalar(Span<byte> space, int at, ReadOnlySpan<byte> text)
    {
        foreach (var value in text)
        {
            if (value is < 0x20 or (byte)'"' or (byte)'\\')
                at = WriteEscape(space, at, value);
            else
                space[at++] = value;
        }
        return at;
    }

    private static int WriteEscape(Span<byte> space, int at, byte value)
    {
        space[at] = (byte)'\\';
        var letter = value switch
        {
            (byte)'"' => '"',
            (byte)'\\' => '\\',
            (byte)'\n' => 'n',
            (byte)'\r' => 'r',
            (byte)'\t' => 't',
            (byte)'\b' => 'b',
            (byte)'\f' => 'f',
            _ => 'u',
        };
        space[at + 1] = (byte)letter;
        if (letter != 'u')
            return at + 2;
        space[at + 2] = space[at + 3] = (byte)'0';
        space[at + 4] = (byte)('0' + (value >> 4));
        space[at + 5] = (byte)"0123456789abcdef"[value & 15];
        return at + MaxEscapeBytes;
    }
}
