using System.Buffers.Binary;

namespace VmObs.Signals.Wire.Jaeger;

/// <summary>Reads Thrift's binary protocol without copying or allocating: fields of structs and items of lists.</summary>
/// <remarks>The first fault is kept in the shared <see cref="WireFault"/>; after it every read gives nothing.
/// https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md</remarks>
internal ref struct ThriftReader
{
    /// <summary>Types of fields and items.</summary>
    public const byte Stop = 0, Bool = 2, Byte = 3, Double = 4, I16 = 6, I32 = 8, I64 = 10, Text = 11, Struct = 12, Map = 13, Set = 14, List = 15;

    private const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> _body;
    private readonly ref WireFault _fault;

    public ThriftReader(ReadOnlySpan<byte> body, ref WireFault fault)
    {
        _body = body;
        _fault = ref fault;
    }

    public int Position { get; private set; }

    public readonly bool Failed => _fault.IsSet;

    /// <summary>The current field's number.</summary>
    public short Field { get; private set; }

    /// <summary>The current field's type.</summary>
    public byte Type { get; private set; }

    /// <summary>Moves to a struct's next field, which must be read or skipped; false at its end and after a fault.</summary>
    public bool NextField()
    {
        if (Failed)
            return false;
        Type = ReadByte();
        if (Type == Stop)
            return false;
        Field = BinaryPrimitives.TryReadInt16BigEndian(Take(2), out var field) ? field : (short)0;
        return !Failed;
    }

    /// <summary>Whether the current field is this one, of this type.</summary>
    public readonly bool Is(short field, byte type) => Field == field && Type == type;

    /// <summary>Begins a list of structs.</summary>
    /// <returns>How many there are; 0 where they are no structs.</returns>
    public int ReadStructs()
    {
        var type = ReadByte();
        var count = ReadI32();
        if (Failed)
            return 0;
        // Each struct has at least its end.
        if (count < 0 || count > _body.Length - Position || (type != Struct && count > 0))
        {
            Fail("a list of structs", type == Struct ? $"one of {count}" : $"items of type {type}");
            return 0;
        }
        return count;
    }

    public byte ReadByte() => Take(1) is { IsEmpty: false } one ? one[0] : Stop;

    public int ReadI32() => BinaryPrimitives.TryReadInt32BigEndian(Take(4), out var value) ? value : 0;

    public long ReadI64() => BinaryPrimitives.TryReadInt64BigEndian(Take(8), out var value) ? value : 0;

    public double ReadDouble() => BitConverter.Int64BitsToDouble(ReadI64());

    /// <summary>A text or bytes.</summary>
    public ReadOnlySpan<byte> ReadText()
    {
        var length = ReadI32();
        return length == 0 || Failed ? default : Take(length);
    }

    /// <summary>Passes over the current field's value.</summary>
    public void Skip() => Skip(Type, 0);

    private void Skip(byte type, int depth)
    {
        if (depth > MaxDepth)
            Fail($"values nested at most {MaxDepth} deep", "a deeper one");
        switch (type)
        {
            case Bool or Byte: Take(1); break;
            case I16: Take(2); break;
            case I32: Take(4); break;
            case I64 or Double: Take(8); break;
            case Text: ReadText(); break;
            case Struct:
                while (NextField())
                    Skip(Type, depth + 1);
                break;
            case List or Set: SkipItems(ReadByte(), default, depth); break;
            case Map: SkipItems(ReadByte(), ReadByte(), depth); break;
            default: Fail("a type of Thrift's", $"{type}"); break;
        }
    }

    private void SkipItems(byte first, byte second, int depth)
    {
        // Every item has at least a byte, so a count cannot make this long.
        for (var count = ReadI32(); count > 0 && !Failed; count--)
        {
            Skip(first, depth + 1);
            if (second != default)
                Skip(second, depth + 1);
        }
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (Failed)
            return default;
        if (length < 0 || length > _body.Length - Position)
        {
            Fail($"{length} bytes", $"{_body.Length - Position} to the end");
            return default;
        }
        Position += length;
        return _body.Slice(Position - length, length);
    }

    /// <summary>Notes a fault at the current place.</summary>
    public readonly void Fail(string expected, string found) => _fault.Set(Position, expected, found);
}
