using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace VmObs.Ledger.Receipts;

/// <summary>What one walk over a line tells, where the line is in canonical form and plain enough to tell: no member name with escapes, or with signs
/// from U+E000 on, whose order in UTF-16 is another than in UTF-8.</summary>
/// <remarks>What it does not accept may still be canonical; <see cref="CanonicalJson"/> decides. It makes no copy and no objects, which is what
/// checking millions of lines takes.</remarks>
internal readonly ref struct CanonicalLine
{
    private const int MaxDepth = 64;

    // Integers of so many digits are float64, and written as they stand.
    private const int PlainDigits = 15;

    /// <summary>The member seq; null where it is none, or no integer.</summary>
    public long? Seq { get; private init; }

    /// <summary>The text of the member root_hash; empty without one.</summary>
    public ReadOnlySpan<byte> RootHash { get; private init; }

    /// <summary>Where the member root_hash stands, with one comma; where it would stand, without one.</summary>
    public Range RootHashMember { get; private init; }

    /// <summary>Whether the outermost object has no member.</summary>
    public bool IsEmpty { get; private init; }

    /// <summary>Walks a line.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out CanonicalLine facts)
    {
        facts = default;
        try
        {
            var walk = new Walk(line);
            if (!walk.TryRun())
                return false;
            facts = new CanonicalLine { Seq = walk.Seq, RootHash = line[walk.RootHash], RootHashMember = walk.RootHashMember, IsEmpty = line.Length == 2 };
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private ref struct Walk(ReadOnlySpan<byte> line)
    {
        private readonly ReadOnlySpan<byte> _line = line;
        private Utf8JsonReader _reader = new(line, new JsonReaderOptions { MaxDepth = MaxDepth });
        private Names _names;
        // Where the token before ended, and what may stand between it and the next.
        private int _end;
        private int _comma;
        // The member of the outermost object that is walked over.
        private int _start;
        private bool _isSeq, _isHash;
        private int _insert = -1;
        private Range? _member;

        public long? Seq { get; private set; }

        public Range RootHash { get; private set; }

        public readonly Range RootHashMember => _member ?? new Range(_insert, _insert);

        public bool TryRun()
        {
            while (_reader.Read())
            {
                var type = _reader.TokenType;
                var isEnd = type is JsonTokenType.EndObject or JsonTokenType.EndArray;
                // No white space: nothing but a comma, and behind a name a colon, stands between two tokens.
                if (_reader.TokenStartIndex != _end + (isEnd ? 0 : _comma) || (_reader.CurrentDepth == 0 && !isEnd && type != JsonTokenType.StartObject) || !TryToken(type))
                    return false;
                _end = (int)_reader.BytesConsumed;
                _comma = type is JsonTokenType.PropertyName or JsonTokenType.StartObject or JsonTokenType.StartArray ? 0 : 1;
                if (isEnd && _reader.CurrentDepth == 0)
                {
                    _insert = _insert < 0 ? _end - 1 : _insert;
                    return _end == _line.Length;
                }
                if (_comma == 1 && _reader.CurrentDepth == 1)
                    EndMember(type);
            }
            return false;
        }

        private bool TryToken(JsonTokenType type)
        {
            switch (type)
            {
                case JsonTokenType.PropertyName:
                    return TryName();
                case JsonTokenType.StartObject:
                    _names[_reader.CurrentDepth + 1] = Place.None;
                    return true;
                case JsonTokenType.String:
                    return Utf8.IsValid(_reader.ValueSpan) && (!_reader.ValueIsEscaped || IsMinimallyEscaped(_reader.ValueSpan));
                case JsonTokenType.Number:
                    return IsCanonicalNumber(_reader.ValueSpan);
                default:
                    return true;
            }
        }

        private bool TryName()
        {
            var name = _reader.ValueSpan;
            var (start, depth) = ((int)_reader.TokenStartIndex, _reader.CurrentDepth);
            // Two quotes and the colon, and nothing else.
            if (_reader.BytesConsumed != start + name.Length + 3 || _reader.ValueIsEscaped || !SortsByBytes(name))
                return false;
            var before = _names[depth];
            if (before.Length >= 0 && _line.Slice(before.Start, before.Length).SequenceCompareTo(name) >= 0)
                return false;
            _names[depth] = new Place(start + 1, name.Length);
            if (depth == 1)
            {
                (_start, _isSeq, _isHash) = (start, name.SequenceEqual("seq"u8), name.SequenceEqual("root_hash"u8));
                if (_insert < 0 && name.SequenceCompareTo("root_hash"u8) > 0)
                    _insert = start;
            }
            return true;
        }

        private void EndMember(JsonTokenType type)
        {
            if (_isSeq && type == JsonTokenType.Number && _reader.TryGetInt64(out var seq))
                Seq = seq;
            if (_isHash && type == JsonTokenType.String)
                RootHash = new Range((int)_reader.TokenStartIndex + 1, _end - 1);
            // One of its commas goes with it: that before it, or as the first member that behind it.
            if (_isHash)
                _member = _start == 1 ? new Range(1, _end + (_line[_end] == ',' ? 1 : 0)) : new Range(_start - 1, _end);
            (_isSeq, _isHash) = (false, false);
        }
    }

    private static bool SortsByBytes(ReadOnlySpan<byte> name) => name.IndexOfAnyInRange((byte)0xEE, (byte)0xFF) < 0 && Utf8.IsValid(name);

    private static bool IsMinimallyEscaped(ReadOnlySpan<byte> text)
    {
        for (int at; (at = text.IndexOf((byte)'\\')) >= 0;)
        {
            switch (text[at + 1])
            {
                case (byte)'"' or (byte)'\\' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                    text = text[(at + 2)..];
                    break;
                // Of four digits only those of control characters that have no letter, in lower case.
                case (byte)'u' when text.Slice(at + 2, 2).SequenceEqual("00"u8) && text[at + 4] is (byte)'0' or (byte)'1' && IsLowerHex(text[at + 5])
                    && !(text[at + 4] == '0' && text[at + 5] is (byte)'8' or (byte)'9' or (byte)'a' or (byte)'c' or (byte)'d'):
                    text = text[(at + 6)..];
                    break;
                default:
                    return false;
            }
        }
        return true;
    }

    private static bool IsLowerHex(byte digit) => digit is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'f');

    private static bool IsCanonicalNumber(ReadOnlySpan<byte> number)
    {
        var digits = number[0] == '-' ? number[1..] : number;
        if (digits.Length <= PlainDigits && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return digits[0] != '0' || (digits.Length == 1 && number.Length == 1);
        var text = Encoding.ASCII.GetString(number);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && CanonicalJson.Number(value) == text;
    }

    private readonly record struct Place(int Start, int Length)
    {
        public static Place None => new(0, -1);
    }

    [InlineArray(MaxDepth + 2)]
    private struct Names
    {
        private Place _first;
    }
}
