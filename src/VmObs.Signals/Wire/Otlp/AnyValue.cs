namespace VmObs.Signals.Wire.Otlp;

/// <summary>What an OTLP AnyValue holds.</summary>
internal enum AnyValueKind : byte
{
    None,
    Text,
    Bool,
    Int64,
    Double,
    Array,
    Map,
    Bytes,
}

/// <summary>One OTLP AnyValue, its content still in the body.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Bits">The number or truth value.</param>
/// <param name="Slice">The text, bytes or message.</param>
internal readonly record struct AnyValue(AnyValueKind Kind, ulong Bits, WireSlice Slice)
{
    /// <summary>Reads an AnyValue message to its end; of several values the last stands.</summary>
    public static AnyValue Read(ref ProtobufReader reader)
    {
        var value = default(AnyValue);
        while (reader.NextField())
        {
            switch (reader.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: value = new(AnyValueKind.Text, 0, reader.ReadSlice()); break;
                case 2 << 3 | ProtobufReader.Varint: value = new(AnyValueKind.Bool, reader.ReadVarint(), default); break;
                case 3 << 3 | ProtobufReader.Varint: value = new(AnyValueKind.Int64, reader.ReadVarint(), default); break;
                case 4 << 3 | ProtobufReader.Fixed64: value = new(AnyValueKind.Double, reader.ReadFixed64(), default); break;
                case 5 << 3 | ProtobufReader.Bytes: value = new(AnyValueKind.Array, 0, reader.ReadOnce(value.Kind == AnyValueKind.Array ? value.Slice : default)); break;
                case 6 << 3 | ProtobufReader.Bytes: value = new(AnyValueKind.Map, 0, reader.ReadOnce(value.Kind == AnyValueKind.Map ? value.Slice : default)); break;
                case 7 << 3 | ProtobufReader.Bytes: value = new(AnyValueKind.Bytes, 0, reader.ReadSlice()); break;
                default: reader.Skip(OtlpSchema.AnyValue.Known); break;
            }
        }
        return value;
    }
}
