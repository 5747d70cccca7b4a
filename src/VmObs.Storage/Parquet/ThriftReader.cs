namespace VmObs.Storage.Parquet;

/// <summary>Walks bytes of Thrift's compact protocol, as much of it as Parquet has.</summary>
/// <remarks>
/// <code>field: delta of the id ‖ type, 4 bits each · value … · 0 ends the struct</code>
/// Source: thrift/doc/specs/thrift-compact-protocol.md. What cannot be is an <see cref="InvalidDataException"/>.
/// </remarks>
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    private const int MaxDepth = 32;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Where the next byte lies.</summary>
    public int Position { get; private set; }

    /// <summary>The next field of a struct; false at its end.</summary>
    /// <param name="id">The field before's, 0 at the start; becomes this one's.</param>
    /// <param name="type">How its value is written.</param>
    public bool NextField(ref int id, out ThriftType type)
    {
        var head = Byte();
        type = (ThriftType)(head & 0x0f);
        if (head == 0)
            return false;
        id = head >> 4 is var delta and > 0 ? id + delta : (int)Integer();
        return true;
    }

    /// <summary>A whole number.</summary>
    public long Integer()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Where the bytes of a binary or string value lie.</summary>
    public (int Start, int Length) Binary()
    {
        var length = (long)Unsigned();
        var start = Position;
        Skip(length);
        return (start, (int)length);
    }

    /// <summary>The head of a list.</summary>
    public int List(out ThriftType element)
    {
        var head = Byte();
        element = (ThriftType)(head & 0x0f);
        var count = head >> 4 is var few and < 15 ? few : (long)Unsigned();
        // Every element has at least one byte.
        return count <= _bytes.Length - Position ? (int)count : throw new InvalidDataException($"a list of {count} elements in {_bytes.Length - Position} bytes");
    }

    /// <summary>Passes over a value.</summary>
    public void Pass(ThriftType type, int depth = 0)
    {
        if (depth > MaxDepth)
            throw new InvalidDataException($"values {MaxDepth} deep");
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Byte:
                Skip(1);
                break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                Unsigned();
                break;
            case ThriftType.Double:
                Skip(sizeof(double));
                break;
            case ThriftType.Binary:
                Binary();
                break;
            case ThriftType.List or ThriftType.Set:
                for (var left = List(out var element); left > 0; left--)
                    // In a list a bool has a byte of its own.
                    Pass(element is ThriftType.True or ThriftType.False ? ThriftType.Byte : element, depth + 1);
                break;
            case ThriftType.Struct:
                for (var id = 0; NextField(ref id, out var field);)
                    Pass(field, depth + 1);
                break;
            default:
                throw new InvalidDataException($"a value of type {(int)type} at byte {Position}");
        }
    }

    private byte Byte() => Position < _bytes.Length ? _bytes[Position++] : throw new InvalidDataException($"an end after {Position} bytes");

    private ulong Unsigned()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
        throw new InvalidDataException($"a number without an end at byte {Position}");
    }

    private void Skip(long count)
    {
        if (count < 0 || count > _bytes.Length - Position)
            throw new InvalidDataException($"{count} bytes where {_bytes.Length - Position} are left");
        Position += (int)count;
    }
}
