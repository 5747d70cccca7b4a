namespace VmObs.Signals.Wire.Syslog;

/// <summary>Walks RFC 5424's structured data: [id name="value" …][id …], with \" \\ \] escaped in values.</summary>
/// <remarks>Use: <see cref="NextElement"/>, then <see cref="NextPair"/> until false, and so on; <see cref="Position"/> is then the length of
/// the whole unless it <see cref="Failed"/>.</remarks>
internal ref struct StructuredDataReader(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>Bytes walked so far.</summary>
    public int Position { get; private set; }

    /// <summary>Whether it is not structured data.</summary>
    public bool Failed { get; private set; }

    /// <summary>The current element's id, then the current pair's name.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The current pair's value, escapes and all.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Bytes of the structured data with which a text begins; 0 where it is none.</summary>
    public static int LengthOf(ReadOnlySpan<byte> text)
    {
        var data = new StructuredDataReader(text);
        while (data.NextElement())
        {
            while (data.NextPair())
            {
            }
        }
        return data.Failed ? 0 : data.Position;
    }

    /// <summary>Writes a value without its escapes into a JSON string.</summary>
    public static void WriteValue(ReadOnlySpan<byte> value, PooledBuffer into)
    {
        while (value.IndexOf((byte)'\\') is >= 0 and var stop)
        {
            // A backslash before any other byte stands for itself.
            var isEscape = stop + 1 < value.Length && value[stop + 1] is (byte)'"' or (byte)'\\' or (byte)']';
            JsonText.WriteContent(into, value[..stop]);
            JsonText.WriteContent(into, isEscape ? value.Slice(stop + 1, 1) : "\\"u8);
            value = value[(stop + (isEscape ? 2 : 1))..];
        }
        JsonText.WriteContent(into, value);
    }

    /// <summary>Moves to the next element; false after the last one.</summary>
    public bool NextElement()
    {
        if (Failed || Peek() != '[')
            return false;
        Position++;
        return TryName(" ]"u8);
    }

    /// <summary>Moves to the element's next pair; false after its last one.</summary>
    public bool NextPair()
    {
        if (Failed)
            return false;
        if (Peek() == ']')
        {
            Position++;
            return false;
        }
        if (Peek() != ' ')
            return Fail();
        Position++;
        if (!TryName("="u8) || !_text[Position..].StartsWith("=\""u8))
            return Fail();
        Position += 2;
        var start = Position;
        while (true)
        {
            var stop = _text[Position..].IndexOfAny((byte)'"', (byte)'\\');
            if (stop < 0)
                return Fail();
            Position += stop + 1;
            if (_text[Position - 1] == '"')
                break;
            Position = Math.Min(Position + 1, _text.Length);
        }
        Value = _text[start..(Position - 1)];
        return true;
    }

    private bool TryName(ReadOnlySpan<byte> ends)
    {
        var length = _text[Position..].IndexOfAny(ends);
        if (length <= 0)
            return Fail();
        Name = _text.Slice(Position, length);
        Position += length;
        return !Name.ContainsAny("\"] ="u8) || Fail();
    }

    private readonly byte Peek() => Position < _text.Length ? _text[Position] : (byte)0;

    private bool Fail()
    {
        Failed = true;
        return false;
    }
}
