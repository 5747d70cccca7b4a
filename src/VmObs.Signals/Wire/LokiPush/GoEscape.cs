using System.Buffers.Text;
using System.Text;

namespace VmObs.Signals.Wire.LokiPush;

/// <summary>Escapes of Go's string literals: \n \" \\ \x41 \101 \u00e9 \U0001d11e.</summary>
internal static class GoEscape
{
    /// <summary>Reads one escape, from its backslash on, and appends what it stands for; false when it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, PooledBuffer destination, out int consumed)
    {
        consumed = 2;
        if (text.Length < 2)
            return false;
        var simple = "a\ab\bf\fn\nr\rt\tv\v\\\\\"\"''"u8;
        for (var i = 0; i < simple.Length; i += 2)
        {
            if (simple[i] == text[1])
            {
                destination.WriteByte(simple[i + 1]);
                return true;
            }
        }
        return text[1] switch
        {
            (byte)'x' => TryReadByte(text, destination, ref consumed),
            >= (byte)'0' and <= (byte)'7' => TryReadOctal(text, destination, ref consumed),
            (byte)'u' => TryReadRune(text, 4, destination, ref consumed),
            (byte)'U' => TryReadRune(text, 8, destination, ref consumed),
            _ => false,
        };
    }

    private static bool TryReadByte(ReadOnlySpan<byte> text, PooledBuffer destination, ref int consumed)
    {
        if (!TryReadHex(text, 2, out var value))
            return false;
        destination.WriteByte((byte)value);
        consumed = 4;
        return true;
    }

    private static bool TryReadOctal(ReadOnlySpan<byte> text, PooledBuffer destination, ref int consumed)
    {
        if (text.Length < 4 || text[1..4].ContainsAnyExceptInRange((byte)'0', (byte)'7'))
            return false;
        var value = ((text[1] - '0') << 6) | ((text[2] - '0') << 3) | (text[3] - '0');
        if (value > byte.MaxValue)
            return false;
        destination.WriteByte((byte)value);
        consumed = 4;
        return true;
    }

    private static bool TryReadRune(ReadOnlySpan<byte> text, int digits, PooledBuffer destination, ref int consumed)
    {
        if (!TryReadHex(text, digits, out var value) || !Rune.TryCreate(value, out var rune))
            return false;
        destination.Advance(rune.EncodeToUtf8(destination.GetSpan(4)));
        consumed = 2 + digits;
        return true;
    }

    private static bool TryReadHex(ReadOnlySpan<byte> text, int digits, out uint value)
    {
        value = 0;
        return text.Length >= 2 + digits && Utf8Parser.TryParse(text.Slice(2, digits), out value, out var read, 'x') && read == digits;
    }
}
