using System.Buffers.Text;
using System.Text;

namespace VmObs.Signals.Wire;

/// <summary>Undoes the escapes of a JSON string.</summary>
internal static class JsonUnescape
{
    /// <summary>Appends the text that a string's content stands for; half a surrogate pair becomes U+FFFD.</summary>
    /// <param name="content">What stands between the quotes; its escapes are well-formed, as a JSON reader has checked.</param>
    /// <param name="destination">Gets UTF-8, not checked further.</param>
    public static void Write(ReadOnlySpan<byte> content, PooledBuffer destination)
    {
        while (true)
        {
            var plain = content.IndexOf((byte)'\\');
            if (plain < 0)
            {
                destination.Write(content);
                return;
            }
            destination.Write(content[..plain]);
            var letter = content[plain + 1];
            if (letter != 'u')
            {
                destination.WriteByte(letter switch
                {
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'t' => (byte)'\t',
                    (byte)'b' => (byte)'\b',
                    (byte)'f' => (byte)'\f',
                    _ => letter,
                });
                content = content[(plain + 2)..];
                continue;
            }
            content = content[plain..];
            var rune = ReadRune(content, out var consumed);
            destination.Advance(rune.EncodeToUtf8(destination.GetSpan(4)));
            content = content[consumed..];
        }
    }

    /// <summary>Reads \uXXXX, or two that are a surrogate pair.</summary>
    private static Rune ReadRune(ReadOnlySpan<byte> escape, out int consumed)
    {
        consumed = 6;
        var first = ReadUnit(escape);
        if (!char.IsSurrogate(first))
            return new Rune(first);
        if (char.IsHighSurrogate(first) && escape.Length >= 12 && escape[6] == '\\' && escape[7] == 'u'
            && Rune.TryCreate(first, ReadUnit(escape[6..]), out var pair))
        {
            consumed = 12;
            return pair;
        }
        return Rune.ReplacementChar;
    }

    private static char ReadUnit(ReadOnlySpan<byte> escape) =>
        Utf8Parser.TryParse(escape.Slice(2, 4), out ushort unit, out _, 'x') ? (char)unit : '\uFFFD';
}
