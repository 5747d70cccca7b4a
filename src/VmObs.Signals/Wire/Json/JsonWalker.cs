using System.Buffers;
using System.Text.Unicode;

namespace VmObs.Signals.Wire.Json;

/// <summary>Walks the members of one object, or the items of one array, without copying, allocating or throwing. Strict RFC 8259.</summary>
/// <remarks>
/// Use: <c>if (walker.Enter('{')) while (walker.NextMember(out name)) { value = walker.ReadValue(); … }</c>. A value is checked to its end
/// when it is read, so walking into it later cannot fail. The first fault is kept in the shared <see cref="WireFault"/> with its absolute
/// offset; after it every read gives nothing. Exceptions would make a body of a million bad lines cost a minute.
/// </remarks>
internal ref struct JsonWalker
{
    /// <summary>How deep values may nest: rendered documents, which put them two levels deeper, stay within the 64 of every reader.</summary>
    public const int MaxDepth = 60;

    private static readonly SearchValues<byte> StringEnd = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(static b => (byte)b), (byte)'"', (byte)'\\']);

    private readonly ReadOnlySpan<byte> _body; // ends where the part ends; positions are absolute
    private readonly ref WireFault _fault;
    private bool _inside;

    /// <summary>Walks a body from a position on.</summary>
    public JsonWalker(ReadOnlySpan<byte> body, int position, ref WireFault fault)
    {
        _body = body;
        Position = position;
        _fault = ref fault;
    }

    /// <summary>Where the next byte to read stands in the body.</summary>
    public int Position { get; private set; }

    public readonly bool Failed => _fault.IsSet;

    /// <summary>The bytes of a part of the body.</summary>
    public readonly ReadOnlySpan<byte> Span(WireSlice slice) => _body.Slice(slice.Offset, slice.Length);

    /// <summary>A walker of a value that was read.</summary>
    public readonly JsonWalker Open(WireSlice value) => new(_body[..(value.Offset + value.Length)], value.Offset, ref _fault);

    /// <summary>A walker of the value that comes next; once it is through, <see cref="MoveTo"/> its end.</summary>
    public readonly JsonWalker OpenNext() => new(_body, Position, ref _fault);

    /// <summary>Goes on behind a value that another walker read.</summary>
    public void MoveTo(int position) => Position = position;

    /// <summary>Whether nothing but space is left.</summary>
    public bool AtEnd()
    {
        SkipSpace();
        return Position >= _body.Length;
    }

    /// <summary>The next byte that is no space; 0 at the end.</summary>
    public byte PeekValue()
    {
        SkipSpace();
        return Peek();
    }

    /// <summary>Begins an object or an array; false when there is none.</summary>
    public bool Enter(char open)
    {
        SkipSpace();
        _inside = false;
        if (Failed || Peek() != open)
            return Fail(open == '{' ? "an object" : "an array");
        Position++;
        return true;
    }

    /// <summary>Moves to the next member's value; false after the last one and after a fault.</summary>
    /// <param name="name">What stands between the name's quotes, escapes and all.</param>
    public bool NextMember(out WireSlice name)
    {
        name = default;
        return Next((byte)'}', "',' or '}'") && TryName(out name);
    }

    /// <summary>Moves to the next item; false after the last one and after a fault.</summary>
    public bool NextItem() => Next((byte)']', "',' or ']'");

    /// <summary>Reads a value to its end, checking all of it.</summary>
    /// <returns>The value with its quotes or brackets; nothing after a fault.</returns>
    public WireSlice ReadValue()
    {
        SkipSpace();
        var start = Position;
        ulong objects = 0; // bit 0: whether the innermost open value is an object
        var depth = 0;
        do
        {
            SkipSpace();
            var open = Peek();
            if (open is (byte)'{' or (byte)'[')
            {
                if (depth == MaxDepth)
                    return Nothing($"values nested at most {MaxDepth} deep", "a deeper one");
                Position++;
                SkipSpace();
                if (Peek() != open + 2) // '}' and ']' stand two behind their openers
                {
                    objects = objects << 1 | (open == '{' ? 1UL : 0);
                    depth++;
                    if (open == '{' && !TryName(out _))
                        return default;
                    continue;
                }
                Position++;
            }
            else if (!TrySkipScalar(open))
            {
                return default;
            }
            if (!TryClose(ref objects, ref depth))
                return default;
        }
        while (depth > 0);
        return new WireSlice(start, Position - start);
    }

    /// <summary>Reads a value that must be a string.</summary>
    /// <returns>What stands between its quotes, escapes and all.</returns>
    public WireSlice ReadString()
    {
        SkipSpace();
        if (Peek() == '"' && ReadValue() is { Length: >= 2 } value)
            return new WireSlice(value.Offset + 1, value.Length - 2);
        Fail("a string");
        return default;
    }

    /// <summary>Notes a fault of content at a position.</summary>
    public readonly void FailAt(int position, string expected, string found) => _fault.Set(position, expected, found);

    /// <summary>Closes what ends behind a value; stands before the next value when something is still open.</summary>
    private bool TryClose(ref ulong objects, ref int depth)
    {
        while (depth > 0)
        {
            SkipSpace();
            var inObject = (objects & 1) != 0;
            if (Peek() == ',')
            {
                Position++;
                return !inObject || TryName(out _);
            }
            if (Peek() != (inObject ? '}' : ']'))
                return Fail(inObject ? "',' or '}'" : "',' or ']'");
            Position++;
            depth--;
            objects >>= 1;
        }
        return true;
    }

    private bool Next(byte close, string expected)
    {
        if (Failed)
            return false;
        SkipSpace();
        if (Peek() == close)
        {
            Position++;
            return false;
        }
        if (!_inside)
            return _inside = true;
        if (Peek() != ',')
            return Fail(expected);
        Position++;
        return true;
    }

    private bool TryName(out WireSlice name)
    {
        SkipSpace();
        var start = Position + 1;
        name = default;
        if (Peek() != '"')
            return Fail("a member's name in quotes");
        if (!TrySkipString())
            return false;
        name = new WireSlice(start, Position - 1 - start);
        SkipSpace();
        if (Peek() != ':')
            return Fail("':'");
        Position++;
        return true;
    }

    private bool TrySkipScalar(byte first) => first switch
    {
        (byte)'"' => TrySkipString(),
        (byte)'t' => TrySkipWord("true"u8),
        (byte)'f' => TrySkipWord("false"u8),
        (byte)'n' => TrySkipWord("null"u8),
        (byte)'-' or (>= (byte)'0' and <= (byte)'9') => TrySkipNumber(),
        _ => Fail("a value"),
    };

    private bool TrySkipString()
    {
        var start = ++Position;
        while (true)
        {
            var plain = _body[Position..].IndexOfAny(StringEnd);
            Position = plain < 0 ? _body.Length : Position + plain;
            var stop = Peek();
            if (stop == '"' && Position < _body.Length)
                break;
            if (stop != '\\')
                return Fail("a string's end");
            Position++;
            if (!TrySkipEscape())
                return Fail("an escape that JSON has");
        }
        if (!Utf8.IsValid(_body[start..Position]))
        {
            _fault.Set(start, "UTF-8", "other bytes");
            return false;
        }
        Position++;
        return true;
    }

    private bool TrySkipEscape()
    {
        if (Peek() == 'u')
        {
            for (var i = 0; i < 4; i++)
            {
                Position++;
                if (!char.IsAsciiHexDigit((char)Peek()))
                    return false;
            }
        }
        else if (!"\"\\/bfnrt"u8.Contains(Peek()))
        {
            return false;
        }
        Position++;
        return true;
    }

    private bool TrySkipWord(ReadOnlySpan<byte> word)
    {
        if (!_body[Position..].StartsWith(word))
            return Fail("a value");
        Position += word.Length;
        return true;
    }

    /// <summary>-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?</summary>
    private bool TrySkipNumber()
    {
        if (Peek() == '-')
            Position++;
        if (Peek() == '0')
            Position++;
        else if (!TrySkipDigits())
            return Fail("a digit");
        if (Peek() == '.')
        {
            Position++;
            if (!TrySkipDigits())
                return Fail("a digit");
        }
        if (Peek() is not ((byte)'e' or (byte)'E'))
            return true;
        Position++;
        if (Peek() is (byte)'+' or (byte)'-')
            Position++;
        return TrySkipDigits() || Fail("a digit");
    }

    private bool TrySkipDigits()
    {
        var start = Position;
        while (Peek() is >= (byte)'0' and <= (byte)'9')
            Position++;
        return Position > start;
    }

    private void SkipSpace()
    {
        while (Peek() is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
            Position++;
    }

    private readonly byte Peek() => Position < _body.Length ? _body[Position] : (byte)0;

    private readonly bool Fail(string expected)
    {
        _fault.Set(Math.Min(Position, _body.Length), expected, Position < _body.Length ? Describe(_body[Position]) : "the end");
        return false;
    }

    private readonly WireSlice Nothing(string expected, string found)
    {
        _fault.Set(Position, expected, found);
        return default;
    }

    private static string Describe(byte found) => found is > 0x20 and < 0x7F ? $"'{(char)found}'" : $"byte 0x{found:x2}";
}
