using System.Text;
using System.Text.Json;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Rewrites an OTLP/JSON request as protobuf, so that one reader gives both the same meaning.</summary>
/// <remarks>
/// lowerCamelCase members, ids as hexadecimal digits, 64-bit integers as strings or numbers, enumerations as numbers or names, bytes as
/// base64; null is not given, unknown members are passed over. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
/// </remarks>
internal sealed class OtlpJsonTranscoder : IDisposable
{
    private const int MaxJsonDepth = 4 * ProtobufReader.MaxDepth;

    private readonly (WireField Field, int Index)[] _path = new (WireField, int)[ProtobufReader.MaxDepth + 1];
    private readonly OtlpJsonScalar _scalars = new();
    private PooledBuffer _out = null!;
    private WireFault _fault;
    private int _depth, _faultDepth, _maxBytes;

    /// <summary>Rewrites a body.</summary>
    /// <param name="json">The body.</param>
    /// <param name="schema">The request's schema.</param>
    /// <param name="into">Gets the protobuf, at most about <paramref name="maxBytes"/>.</param>
    /// <param name="maxBytes">Bound of the protobuf: a body of small numbers grows to at most nine bytes for two.</param>
    /// <returns>Why the body could not be read; null when it was.</returns>
    public WireError? Transcode(ReadOnlySpan<byte> json, WireSchema schema, PooledBuffer into, int maxBytes)
    {
        _path[0] = default;
        (_out, _fault, _depth, _maxBytes) = (into, default, 0, Math.Min(maxBytes, ProtobufWriter.MaxFramedBytes - 1));
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxJsonDepth });
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
                WriteMembers(ref reader, schema);
            else
                Fail(ref reader, "an object");
            if (!_fault.IsSet)
                reader.Read(); // throws when anything follows
        }
        catch (JsonException damage)
        {
            var offset = OffsetOf(json, damage);
            _faultDepth = _depth;
            _fault.Set(offset, "well-formed JSON", offset < json.Length ? $"byte 0x{json[offset]:x2}" : "the end of the body");
        }
        return _fault.IsSet ? new WireError(_fault.Offset, Where(), _fault.Expected!, _fault.Found!) : null;
    }

    public void Dispose() => _scalars.Dispose();

    private void WriteMembers(ref Utf8JsonReader reader, WireSchema schema)
    {
        var next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = Find(ref reader, schema.Fields, ref next);
            reader.Read();
            if (field is null)
                reader.Skip();
            else
                WriteMember(ref reader, field);
            if (_fault.IsSet)
                return;
        }
    }

    /// <summary>Finds the member's field, looking first behind the one found before: members mostly come in order.</summary>
    private static WireField? Find(ref Utf8JsonReader reader, ReadOnlySpan<WireField> fields, ref int next)
    {
        for (var i = 0; i < fields.Length; i++)
        {
            if (next >= fields.Length)
                next = 0;
            var field = fields[next++];
            if (reader.ValueTextEquals(field.JsonName.Span))
                return field;
        }
        return null;
    }

    private void WriteMember(ref Utf8JsonReader reader, WireField field)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return;
        _path[_depth] = (field, 0);
        if (!field.Repeated)
        {
            WriteValue(ref reader, field);
            return;
        }
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            Fail(ref reader, "an array");
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            WriteValue(ref reader, field);
            if (_fault.IsSet)
                return;
            _path[_depth].Index++;
        }
    }

    private void WriteValue(ref Utf8JsonReader reader, WireField field)
    {
        if (_out.Length > _maxBytes)
            Fail(ref reader, $"a request of at most {_maxBytes} bytes as protobuf", "a larger one");
        else if (field.Type == WireFieldType.Message)
            WriteMessage(ref reader, field);
        else if (!_scalars.TryWrite(ref reader, field, _out))
            Fail(ref reader, OtlpJsonScalar.Expected(field));
    }

    private void WriteMessage(ref Utf8JsonReader reader, WireField field)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Fail(ref reader, "an object");
            return;
        }
        if (_depth == ProtobufReader.MaxDepth)
        {
            Fail(ref reader, $"messages nested at most {ProtobufReader.MaxDepth} deep", "a deeper one");
            return;
        }
        var mark = ProtobufWriter.BeginMessage(_out, field.Number);
        _depth++;
        WriteMembers(ref reader, field.Message!);
        _depth--;
        ProtobufWriter.EndMessage(_out, mark);
    }

    private void Fail(ref Utf8JsonReader reader, string expected, string? found = null)
    {
        // The value being read is part of the path.
        if (!_fault.IsSet)
            _faultDepth = _path[_depth].Field is null ? 0 : _depth + 1;
        _fault.Set(reader.TokenStartIndex, expected, found ?? Describe(ref reader));
    }

    private static string Describe(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"\"{Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 80)])}\"",
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 80)]),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "null",
    };

    private string Where()
    {
        var path = new StringBuilder();
        foreach (var (field, index) in _path.AsSpan(0, _faultDepth))
            WirePath.Append(path, field, index);
        return path.Length == 0 ? "request" : path.ToString();
    }

    private static int OffsetOf(ReadOnlySpan<byte> json, JsonException damage)
    {
        var offset = 0;
        for (var line = damage.LineNumber ?? 0; line > 0; line--)
            offset += json[offset..].IndexOf((byte)'\n') + 1;
        return (int)Math.Min(offset + (damage.BytePositionInLine ?? 0), json.Length);
    }
}
