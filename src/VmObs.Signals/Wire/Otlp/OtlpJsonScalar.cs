using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Rewrites single JSON values as protobuf fields.</summary>
internal sealed class OtlpJsonScalar : IDisposable
{
    private readonly PooledBuffer _text = new(1024), _bytes = new(1024);

    /// <summary>What a field's value must be, for a person.</summary>
    public static string Expected(WireField field) => field.Type switch
    {
        WireFieldType.Text => "a string",
        WireFieldType.Bytes => "a string of base64",
        WireFieldType.HexBytes => "a string of hexadecimal digits",
        WireFieldType.Bool => "true or false",
        WireFieldType.Double => "a number",
        WireFieldType.Enum => "a number or name of the enumeration",
        _ => $"an integer of type {field.Type}",
    };

    /// <summary>Writes the reader's current value; false when it is not one of the field's type.</summary>
    public bool TryWrite(ref Utf8JsonReader reader, WireField field, PooledBuffer into)
    {
        switch (field.Type)
        {
            case WireFieldType.Text:
                if (reader.TokenType != JsonTokenType.String)
                    return false;
                ProtobufWriter.Bytes(into, field.Number, Text(ref reader));
                return true;
            case WireFieldType.Bytes:
                return reader.TokenType == JsonTokenType.String && TryWriteBase64(Text(ref reader), field.Number, into);
            case WireFieldType.HexBytes:
                return reader.TokenType == JsonTokenType.String && TryWriteHex(Text(ref reader), field.Number, into);
            case WireFieldType.Bool:
                if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
                    return false;
                ProtobufWriter.Varint(into, field.Number, reader.TokenType == JsonTokenType.True ? 1UL : 0);
                return true;
            case WireFieldType.Double:
                if (!TryReadDouble(ref reader, out var number))
                    return false;
                ProtobufWriter.Fixed64(into, field.Number, BitConverter.DoubleToUInt64Bits(number));
                return true;
            default:
                return TryWriteInteger(ref reader, field, into);
        }
    }

    public void Dispose()
    {
        _text.Dispose();
        _bytes.Dispose();
    }

    /// <summary>The current string's text or number's digits; valid until the next call.</summary>
    private ReadOnlySpan<byte> Text(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return reader.ValueSpan;
        _text.Clear();
        JsonUnescape.Write(reader.ValueSpan, _text);
        return _text.WrittenSpan;
    }

    private bool TryWriteHex(ReadOnlySpan<byte> digits, int field, PooledBuffer into)
    {
        _bytes.Clear();
        var status = Convert.FromHexString(digits, _bytes.GetSpan((digits.Length / 2) + 1), out _, out var written);
        if (status != OperationStatus.Done)
            return false;
        _bytes.Advance(written);
        ProtobufWriter.Bytes(into, field, _bytes.WrittenSpan);
        return true;
    }

    /// <summary>Either alphabet, with or without padding, as protobuf's JSON mapping has it.</summary>
    private bool TryWriteBase64(ReadOnlySpan<byte> text, int field, PooledBuffer into)
    {
        text = text.TrimEnd((byte)'=');
        _bytes.Clear();
        var space = _bytes.GetSpan(2 * text.Length);
        var characters = space[..text.Length];
        var bytes = space[text.Length..];
        text.CopyTo(characters);
        characters.Replace((byte)'+', (byte)'-');
        characters.Replace((byte)'/', (byte)'_');
        if (Base64Url.DecodeFromUtf8(characters, bytes, out _, out var written) != OperationStatus.Done)
            return false;
        ProtobufWriter.Bytes(into, field, bytes[..written]);
        return true;
    }

    private bool TryReadDouble(ref Utf8JsonReader reader, out double value)
    {
        value = 0;
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String))
            return false;
        var text = Text(ref reader);
        if (reader.TokenType == JsonTokenType.String && !double.IsFinite(value = Special(text)))
            return true;
        return double.TryParse(text, NumberStyles.Float & ~(NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite), CultureInfo.InvariantCulture, out value)
            && double.IsFinite(value);
    }

    private static double Special(ReadOnlySpan<byte> text) =>
        text.SequenceEqual("NaN"u8) ? double.NaN
        : text.SequenceEqual("Infinity"u8) ? double.PositiveInfinity
        : text.SequenceEqual("-Infinity"u8) ? double.NegativeInfinity
        : 0;

    private bool TryWriteInteger(ref Utf8JsonReader reader, WireField field, PooledBuffer into)
    {
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String))
            return false;
        var text = Text(ref reader);
        if (!TryParseInteger(text, out var value) && !TryParseName(text, field.EnumNames, out value))
            return false;
        var (min, max) = field.Type switch
        {
            WireFieldType.Fixed64 or WireFieldType.UInt64 => (ulong.MinValue, ulong.MaxValue),
            WireFieldType.UInt32 or WireFieldType.Fixed32 => (uint.MinValue, uint.MaxValue),
            WireFieldType.Enum or WireFieldType.SInt32 => (int.MinValue, int.MaxValue),
            _ => ((Int128)long.MinValue, (Int128)long.MaxValue),
        };
        if (value < min || value > max)
            return false;
        var bits = unchecked((ulong)value);
        if (field.Type is WireFieldType.Fixed64 or WireFieldType.SFixed64)
            ProtobufWriter.Fixed64(into, field.Number, bits);
        else if (field.Type == WireFieldType.Fixed32)
            ProtobufWriter.Fixed32(into, field.Number, (uint)bits);
        else if (field.Type == WireFieldType.SInt32)
            ProtobufWriter.Varint(into, field.Number, (uint)(((int)value << 1) ^ ((int)value >> 31)));
        else
            ProtobufWriter.Varint(into, field.Number, bits);
        return true;
    }

    /// <summary>Digits, or another spelling of a whole number ("1e3", "2.0").</summary>
    private static bool TryParseInteger(ReadOnlySpan<byte> text, out Int128 value)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var signed))
        {
            value = signed;
            return true;
        }
        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var unsigned))
        {
            value = unsigned;
            return true;
        }
        value = 0;
        if (!double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            || Math.Abs(number) > 1e19 || number != Math.Truncate(number))
            return false;
        value = (Int128)number;
        return true;
    }

    private static bool TryParseName(ReadOnlySpan<byte> text, IReadOnlyList<string> names, out Int128 value)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (Ascii.Equals(text, names[i]))
            {
                value = i;
                return true;
            }
        }
        value = 0;
        return false;
    }
}
