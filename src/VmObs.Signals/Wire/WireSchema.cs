using System.Text;

namespace VmObs.Signals.Wire;

/// <summary>How a field is written, in protobuf and in JSON.</summary>
internal enum WireFieldType
{
    Message,
    Text,
    Bytes,

    /// <summary>Bytes that JSON writes as hexadecimal digits (OTLP's ids).</summary>
    HexBytes,
    Bool,
    Int64,
    UInt32,
    UInt64,

    /// <summary>A signed number in zigzag.</summary>
    SInt32,
    Enum,
    Fixed32,
    Fixed64,
    SFixed64,
    Double,
}

/// <summary>One field that our readers read.</summary>
/// <param name="Number">Protobuf field number, below 64.</param>
/// <param name="Name">Name as the .proto has it: "resource_logs".</param>
/// <param name="Type">How it is written.</param>
internal sealed record WireField(int Number, string Name, WireFieldType Type)
{
    /// <summary>Whether it may stand many times; a JSON array.</summary>
    public bool Repeated { get; init; }

    /// <summary>The message's schema, for messages only.</summary>
    public WireSchema? Message { get; init; }

    /// <summary>Names of the enumeration's numbers, in order, for enumerations only.</summary>
    public IReadOnlyList<string> EnumNames { get; init; } = [];

    /// <summary>The JSON member's name, lowerCamelCase, UTF-8.</summary>
    public ReadOnlyMemory<byte> JsonName { get; } = Encoding.UTF8.GetBytes(CamelCase(Name));

    private static string CamelCase(string name)
    {
        var words = name.Split('_');
        return words[0] + string.Concat(words.Skip(1).Select(static word => char.ToUpperInvariant(word[0]) + word[1..]));
    }
}

/// <summary>The fields of one message that our readers read; all others are passed over.</summary>
internal sealed class WireSchema
{
    private WireField[] _fields = [];

    /// <summary>Bit n set: field n is read (see <see cref="ProtobufReader.Skip"/>).</summary>
    public ulong Known { get; private set; }

    public ReadOnlySpan<WireField> Fields => _fields;

    /// <summary>Sets the fields; apart from construction, since messages may hold themselves.</summary>
    public WireSchema With(params WireField[] fields)
    {
        _fields = fields;
        Known = fields.Aggregate(0UL, static (known, field) => known | 1UL << field.Number);
        return this;
    }

    public WireField? ByNumber(uint number) => Array.Find(_fields, field => field.Number == number);
}
