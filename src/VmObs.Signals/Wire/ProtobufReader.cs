using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace VmObs.Signals.Wire;

/// <summary>Reads one protobuf message of a body, without copying or allocating.</summary>
/// <remarks>
/// Use: <c>while (reader.NextField()) switch (reader.Tag) { case 1 &lt;&lt; 3 | Bytes: … default: reader.Skip(known); }</c>.
/// Each field must be read or skipped. The first fault is kept in the shared <see cref="WireFault"/> with its absolute offset; after it
/// every reader of the body is at its end and every read gives zero, so a caller checks <see cref="Failed"/> once, before it keeps
/// what it read. https://protobuf.dev/programming-guides/encoding/
/// </remarks>
internal ref struct ProtobufReader
{
    /// <summary>Wire types, the low three bits of a tag.</summary>
    public const int Varint = 0, Fixed64 = 1, Bytes = 2, StartGroup = 3, EndGroup = 4, Fixed32 = 5;

    /// <summary>How deep messages may nest: protobuf's customary limit. Rendered documents then stay within 64 levels of JSON.</summary>
    public const int MaxDepth = 100;

    private readonly ReadOnlySpan<byte> _body; // ends where this message ends; positions are absolute
    private readonly ref WireFault _fault;
    private readonly int _depth;
    private int _position;

    /// <summary>Reads a whole body as one message.</summary>
    public ProtobufReader(ReadOnlySpan<byte> body, ref WireFault fault)
        : this(body, 0, 0, ref fault)
    {
    }

    private ProtobufReader(ReadOnlySpan<byte> bodyToEnd, int position, int depth, ref WireFault fault)
    {
        _body = bodyToEnd;
        _position = position;
        _depth = depth;
        _fault = ref fault;
    }

    /// <summary>The current field's number and wire type: <c>number &lt;&lt; 3 | type</c>.</summary>
    public uint Tag { get; private set; }

    /// <summary>Where the next byte to read stands in the body.</summary>
    public readonly int Position => _position;

    public readonly bool Failed => _fault.IsSet;

    /// <summary>Whether bytes are left: for a run of packed numbers.</summary>
    public readonly bool HasMore => _position < _body.Length && !_fault.IsSet;

    /// <summary>Moves to the next field; false at the message's end and after a fault.</summary>
    public bool NextField()
    {
        if (_position >= _body.Length || _fault.IsSet)
            return false;
        var start = _position;
        var tag = _body[_position];
        if (tag is >= 8 and < 0x80)
        {
            _position++;
            Tag = tag;
            return true;
        }
        return NextFieldSlow(start);
    }

    public ulong ReadVarint()
    {
        if (_position < _body.Length && _body[_position] < 0x80)
            return _body[_position++];
        return ReadVarintSlow();
    }

    public ulong ReadFixed64()
    {
        if (_body.Length - _position < 8)
        {
            FailCutOff(8, "8 bytes of a fixed 64-bit number");
            return 0;
        }
        var value = BinaryPrimitives.ReadUInt64LittleEndian(_body[_position..]);
        _position += 8;
        return value;
    }

    public uint ReadFixed32()
    {
        if (_body.Length - _position < 4)
        {
            FailCutOff(4, "4 bytes of a fixed 32-bit number");
            return 0;
        }
        var value = BinaryPrimitives.ReadUInt32LittleEndian(_body[_position..]);
        _position += 4;
        return value;
    }

    public double ReadDouble() => BitConverter.UInt64BitsToDouble(ReadFixed64());

    /// <summary>Reads a length and takes that many bytes.</summary>
    public WireSlice ReadSlice()
    {
        var at = _position;
        var length = ReadVarint();
        if (length > (ulong)(_body.Length - _position))
        {
            FailLength(at, length);
            return default;
        }
        var slice = new WireSlice(_position, (int)length);
        _position += (int)length;
        return slice;
    }

    /// <summary>Takes a message that may stand once. One that comes in pieces, which protobuf would put together, is a fault: reading the
    /// last piece alone would lose the others without a word.</summary>
    /// <param name="before">What was taken for it so far.</param>
    public WireSlice ReadOnce(WireSlice before)
    {
        if (before.Offset != 0) // a field's content never stands at 0
            Fail(_position, $"one message in field {Tag >> 3}", "a second one");
        return ReadSlice();
    }

    public ReadOnlySpan<byte> ReadBytes() => Span(ReadSlice());

    /// <summary>Reads a length and opens the message that follows; this reader stands behind it.</summary>
    public ProtobufReader ReadMessage() => Open(ReadSlice(), 1);

    /// <summary>Opens a message that was taken as a slice of this message.</summary>
    /// <param name="slice">Lies within this message.</param>
    /// <param name="levels">How many messages deeper than this one it stands.</param>
    public readonly ProtobufReader Open(WireSlice slice, int levels)
    {
        if (_depth + levels > MaxDepth)
            _fault.Set(slice.Offset, $"messages nested at most {MaxDepth} deep", "a deeper one");
        return new ProtobufReader(_body[..(slice.Offset + slice.Length)], slice.Offset, _depth + levels, ref _fault);
    }

    /// <summary>Passes over bytes whose fields the caller knows already.</summary>
    /// <param name="bytes">Whole fields; at most what is left.</param>
    public void Pass(int bytes) => _position += bytes;

    /// <summary>The bytes of a slice of this message.</summary>
    public readonly ReadOnlySpan<byte> Span(WireSlice slice) => _body.Slice(slice.Offset, slice.Length);

    /// <summary>Passes over a field that the caller does not read.</summary>
    /// <param name="known">Bit n set: field n is one that the caller reads, so it came with a wrong wire type, which is a fault.</param>
    public void Skip(ulong known)
    {
        var number = Tag >> 3;
        if (number < 64 && (known >> (int)number & 1) != 0)
            Fail(_position, $"field {number} in its own wire type", $"wire type {Tag & 7}");
        else
            SkipValue((int)(Tag & 7), number, 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Fail(long offset, string expected, string found)
    {
        _fault.Set(offset, expected, found);
        _position = _body.Length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool NextFieldSlow(int start)
    {
        var tag = ReadVarint();
        if (_fault.IsSet)
            return false;
        if (tag > uint.MaxValue || tag >> 3 == 0)
        {
            Fail(start, "a field number from 1 to 536870911", $"tag {tag}");
            return false;
        }
        Tag = (uint)tag;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong ReadVarintSlow()
    {
        if (_fault.IsSet)
            return 0;
        var start = _position;
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_position >= _body.Length)
            {
                Fail(start, "a varint", $"the end of the message after {_body.Length - start} bytes");
                return 0;
            }
            var b = _body[_position++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
                return value;
        }
        Fail(start, "a varint of at most 10 bytes", "a longer one");
        return 0;
    }

    private void SkipValue(int type, uint number, int groups)
    {
        switch (type)
        {
            case Varint: ReadVarint(); break;
            case Fixed64: ReadFixed64(); break;
            case Bytes: ReadSlice(); break;
            case Fixed32: ReadFixed32(); break;
            case StartGroup: SkipGroup(number, groups + 1); break;
            default: Fail(_position, "wire type 0 to 3 or 5", $"wire type {type} of field {number}"); break;
        }
    }

    private void SkipGroup(uint number, int groups)
    {
        if (_depth + groups > MaxDepth)
        {
            Fail(_position, $"groups nested at most {MaxDepth} deep", "a deeper one");
            return;
        }
        var start = _position;
        while (NextField())
        {
            if ((Tag & 7) != EndGroup)
            {
                SkipValue((int)(Tag & 7), Tag >> 3, groups);
                continue;
            }
            if (Tag >> 3 != number)
                Fail(_position, $"the end of group {number}", $"the end of group {Tag >> 3}");
            return;
        }
        Fail(start, $"the end of group {number}", "the end of the message");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FailCutOff(int wanted, string what)
    {
        if (!_fault.IsSet)
            Fail(_position, what, $"the end of the message after {_body.Length - _position} of {wanted}");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FailLength(int at, ulong length) =>
        Fail(at, $"a length of at most {_body.Length - _position} bytes", $"{length}");
}
